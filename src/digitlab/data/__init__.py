"""Data sets as uint8 images, in memory or on disk: where they come from, how they are read, split and batched.

Read in this order: `catalogue` (what there is), `formats` (how files become bytes), `sources` (where they come from:
downloads, folders, `integrity` and `repair` of files), `load` (a data set into one tensor), `storage` (files of any
size, left where they are), `splits`, `loader`.
"""

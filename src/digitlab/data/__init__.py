"""Data sets as uint8 images, in memory or on disk: where they come from, how they are read, split and batched.

Read in this order: `catalog` (what there is), `idx`, `usps`, `digits` (three file formats), `load` (any of them
into one tensor), `on_disk` and `idx_files` (files of any size, left where they are), `integrity` (what is wrong with
files), `heal`, `exclusive`, `mirrors` (three means of mending them), `download` (which sees to it that they are there
and sound), `splits`, `loader`.
"""

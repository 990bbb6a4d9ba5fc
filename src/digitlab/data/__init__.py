"""Data sets as uint8 tensors in memory: where they come from, how they are read, split and batched.

Read in this order: `catalog` (what there is), `idx`, `usps`, `digits` (three file formats), `load` (any of them
into one tensor), `download`, `splits`, `loader`.
"""

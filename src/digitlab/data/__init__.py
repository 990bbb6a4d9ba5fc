"""Data sets as uint8 tensors in memory: where they come from, how they are read, split and batched.

Read in this order: `catalog` (what there is), `idx`, `usps`, `digits` (three file formats), `load` (any of them
into one tensor), `integrity` (what is wrong with files), `heal`, `exclusive`, `mirrors` (three means of mending them),
`download` (which sees to it that they are there and sound), `splits`, `loader`.
"""

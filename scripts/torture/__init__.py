"""What `python scripts/torture.py` does to runs: one harm a file, a function of the file's name.

A harm takes how many rounds to do, a folder to work in, and what draws the moments and places; it returns counts.
`counts` is what all of them return, `runs` is how they start and resume runs, `states` compares the ends.
"""

"""The way in: what happens between the command line and a task. Imports nothing heavy by itself.

`command` starts Hydra and words its errors with `explain`; Hydra calls `guard` in front of the work, which goes by
the `rules` for each key and what goes `together`; behind a sweep `sweeps` prints its table.
"""

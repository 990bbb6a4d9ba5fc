"""The way in: what happens between the command line and a task. Imports nothing heavy by itself.

`command` starts Hydra and words its errors with `explain`; Hydra calls `guard` in front of the work, which makes the
`checks`, those of `values` among them. `again` is for what goes on, a run or a sweep; `sweeps` is the work of jobs.
"""

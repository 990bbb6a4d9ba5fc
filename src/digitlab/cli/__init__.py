"""The way in: what happens between the command line and a task. Imports nothing heavy by itself.

`command` answers help or calls `app`, which starts Hydra; `error_messages` words its errors. Hydra calls `preflight`
before it makes a directory: `schema` checks values, `checks` files, and the task builds what it needs. `resume`
continues a run; `sweeps` starts, runs and continues the jobs of a sweep.
"""

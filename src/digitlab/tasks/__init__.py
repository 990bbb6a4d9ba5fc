"""The work of the commands: each module has `check(cfg)`, which refuses, and `run(cfg)`, which works."""

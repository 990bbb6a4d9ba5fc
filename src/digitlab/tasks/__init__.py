"""The work of the commands: `train` and `evaluate` have `check(cfg)`, which refuses, and `run(cfg)`, which works."""

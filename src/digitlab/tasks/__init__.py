"""The work of the commands: each has `prepare(settings)`, which builds or refuses, and `run`, which works."""

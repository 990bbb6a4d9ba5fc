"""What the NumPy nets are for: each experiment shows one idea of the lesson, measures it, and draws it.

`<name>.py` has `run(...)`, whose arguments are the settings of `conf/baseline/experiment/<name>.yaml` and which returns
an `Outcome`. If something is to be refused before the run, it has `check(...)` too, with the same arguments.
`plots/<name>.py` has `draw(story, directory)`, which draws the outcome's story and returns the names of its files.
Only `autograd` imports torch, inside its function.
"""

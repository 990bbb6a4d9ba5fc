"""The same command again: a run that goes on, a sweep that goes on, and what of an earlier start is typed again."""

"""A run that is over, whatever ended it, examined from what it left. One rule a file, in `rules/`."""

from digitlab.diagnostics.autopsy.examine import examine_run

__all__ = ["examine_run"]

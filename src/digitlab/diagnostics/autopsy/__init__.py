"""A run that is over, whatever ended it, examined from what it left. One rule a file, in `rules/`."""

"""What Lightning lacks: best and last checkpoint, weight averaging, steps that draw the same after a resume."""

"""What Lightning lacks: steps that draw the same after a resume, and a last checkpoint that can be resumed exactly."""

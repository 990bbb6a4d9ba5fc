"""Files of weights: the header without torch, reading, writing."""

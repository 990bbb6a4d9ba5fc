"""The plane as a net sees it: its opinion at every point of a square."""

import numpy as np

from digitlab.baseline.module import Array


def grid(limit: float, steps: int = 160) -> Array:
    """Return the points `(steps², 2)` of a square around the origin, row by row from below."""
    ticks = np.linspace(-limit, limit, steps)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)

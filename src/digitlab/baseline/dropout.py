"""Dropout: a net that cannot rely on any one unit."""

import numpy as np

from digitlab.baseline.checks import as_floats, as_gradient, generator, number
from digitlab.baseline.module import Array, Module


class Dropout(Module):
    """While training y = x · m / (1 - p), m zero with probability p and else 1; in evaluation y = x.

    Dividing by 1 - p keeps the expectation, so evaluation needs no factor ("inverted" dropout, as in torch; the paper
    scales in evaluation instead). ∂L/∂x = g · m / (1 - p).

    Args:
        p: Share of values zeroed, in [0, 1).
        rng: Draws the mask, one for each forward pass.

    References:
        Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting", 2014.
    """

    def __init__(self, p: float, *, rng: np.random.Generator) -> None:
        self.p = number("p", p, 0, 1)
        self.rng = generator(rng)

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        x = as_floats("x", x)
        self.scale: Array | None = None
        self.output_shape = x.shape
        if not self.training or self.p == 0:
            return x
        kept = self.rng.random(x.shape, dtype=np.float32) >= self.p
        self.scale = kept * x.dtype.type(1 / (1 - self.p))
        return x * self.scale

    def backward(self, gradient: Array) -> Array:
        """Return the gradient of what was kept, scaled likewise."""
        gradient = as_gradient(self, gradient)
        return gradient if self.scale is None else gradient * self.scale

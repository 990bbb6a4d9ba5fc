"""What is between linear layers; without it a stack of them would be one linear layer.

Each is elementwise, but `Softmax`, which mixes the last axis. ∂L/∂x = ∂L/∂y · f'(x), and f' is written with the output
y where that is cheaper.
"""

import numpy as np

from digitlab.baseline.checks import as_floats, as_gradient, number
from digitlab.baseline.module import Array, Module


class ReLU(Module):
    """y = max(0, x), y' = 1 where x > 0, else 0; at the kink 0, as torch has it."""

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = np.maximum(as_floats("x", x), 0)
        self.output_shape = self.y.shape
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return the gradient where the input was positive, and 0 elsewhere."""
        return as_gradient(self, gradient) * (self.y > 0)


class LeakyReLU(Module):
    """y = x where x > 0, else slope · x; y' = 1 or slope. No unit is ever wholly without a gradient.

    Args:
        slope: In [0, 1); 0.01 as in Maas, Hannun and Ng, 2013, and torch.
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = number("slope", slope, 0, 1)

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        x = as_floats("x", x)
        self.positive, self.output_shape = x > 0, x.shape
        return np.where(self.positive, x, self.slope * x)

    def backward(self, gradient: Array) -> Array:
        """Return the gradient, the part of negative inputs times the slope."""
        gradient = as_gradient(self, gradient)
        return np.where(self.positive, gradient, self.slope * gradient)


class Sigmoid(Module):
    """y = 1 / (1 + e⁻ˣ) in (0, 1), y' = y (1 - y), at most 0.25."""

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = sigmoid(x)
        self.output_shape = self.y.shape
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return gradient · y (1 - y)."""
        return as_gradient(self, gradient) * self.y * (1 - self.y)


class Tanh(Module):
    """y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ) in (-1, 1), y' = 1 - y², at most 1."""

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = np.tanh(as_floats("x", x))
        self.output_shape = self.y.shape
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return gradient · (1 - y²)."""
        return as_gradient(self, gradient) * (1 - self.y**2)


class Softmax(Module):
    """y_i = e^(x_i) / Σ_j e^(x_j) over the last axis: positive, and their sum is 1.

    ∂y_i/∂x_j = y_i (δ_ij - y_j), so ∂L/∂x_i = y_i (g_i - Σ_j g_j y_j). For training use `losses.cross_entropy` on
    the logits, which never takes the logarithm of a rounded probability.
    """

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = softmax(x)
        self.output_shape = self.y.shape
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return y (g - Σ g y)."""
        gradient = as_gradient(self, gradient)
        return self.y * (gradient - (gradient * self.y).sum(axis=-1, keepdims=True))


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e⁻ˣ), exponentiating only what is not positive, so that nothing overflows."""
    x = as_floats("x", x)
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, z) / (1 + z)


def softmax(x: Array) -> Array:
    """Return the softmax over the last axis; subtracting the largest logit first changes nothing but overflow."""
    x = as_floats("x", x)
    if x.ndim == 0:
        raise ValueError("softmax is taken over the last axis, and x has none")
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)

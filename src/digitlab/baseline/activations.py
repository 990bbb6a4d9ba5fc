"""What stands between linear layers; without it a stack of them would be one linear layer.

Each is elementwise, but `Softmax`, which mixes the last axis. ∂L/∂x = ∂L/∂y · f'(x), and f' is written with the output
y where that is cheaper.
"""

import numpy as np

from digitlab.baseline.module import Array, Module


class ReLU(Module):
    """y = max(0, x), y' = 1 where x > 0, else 0; at the kink 0, as torch has it."""

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return the gradient where the input was positive, and 0 elsewhere."""
        return gradient * (self.y > 0)


class LeakyReLU(Module):
    """y = x where x > 0, else slope · x; y' = 1 or slope. No unit is ever wholly without a gradient.

    Args:
        slope: In [0, 1); 0.01 as in Maas, Hannun and Ng, 2013, and torch.
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.positive = x > 0
        return np.where(self.positive, x, self.slope * x)

    def backward(self, gradient: Array) -> Array:
        """Return the gradient, the part of negative inputs times the slope."""
        return np.where(self.positive, gradient, self.slope * gradient)


class Sigmoid(Module):
    """y = 1 / (1 + e⁻ˣ) in (0, 1), y' = y (1 - y), at most 0.25."""

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = sigmoid(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return gradient · y (1 - y)."""
        return gradient * self.y * (1 - self.y)


class Tanh(Module):
    """y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ) in (-1, 1), y' = 1 - y², at most 1."""

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = np.tanh(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return gradient · (1 - y²)."""
        return gradient * (1 - self.y**2)


class Softmax(Module):
    """y_i = e^(x_i) / Σ_j e^(x_j) over the last axis: positive, and their sum is 1.

    ∂y_i/∂x_j = y_i (δ_ij - y_j), so ∂L/∂x_i = y_i (g_i - Σ_j g_j y_j). For training use `losses.cross_entropy` on
    the logits, which never takes the logarithm of a rounded probability.
    """

    def forward(self, x: Array) -> Array:
        """Return an array like `x`."""
        self.y = softmax(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return y (g - Σ g y)."""
        return self.y * (gradient - (gradient * self.y).sum(axis=-1, keepdims=True))


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e⁻ˣ), exponentiating only what is not positive, so that nothing overflows."""
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, z) / (1 + z)


def softmax(x: Array) -> Array:
    """Return the softmax over the last axis; subtracting the largest logit first changes nothing but overflow."""
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)

"""Convolution as one matrix product over all windows."""

import numpy as np

from digitlab.baseline.checks import as_batch, as_gradient, whole
from digitlab.baseline.initialisers import torch_uniform
from digitlab.baseline.linear import Initialiser, first_bias, first_weight
from digitlab.baseline.module import Array, Module, Parameter
from digitlab.baseline.windows import extract, scatter


class Conv2d(Module):
    """y[n, o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] · x̃[n, c, i·s + u, j·s + v], x̃ being x padded with zeros.

    (Cross-correlation, as everywhere in this field: the kernel is not mirrored.) With the windows of x̃ as rows of a
    matrix X `(B·H'·W', C·k·k)` this is Y = X Wᵀ + b, a linear layer applied everywhere, so the gradients are too:
    ∂L/∂W = Gᵀ X, ∂L/∂b = Σ G, and ∂L/∂X = G W, whose rows are added back to the pixels they came from.

    Args:
        in_channels: C of the input.
        out_channels: C of the output.
        kernel_size: k, side of the window in pixels.
        stride: s, pixels between windows.
        padding: Zeros around the image, in pixels; k // 2 keeps the size for an odd k.
        rng: Draws the weights.
        init: Initialiser of the weight `(out_channels, in_channels, k, k)`; see `Linear`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        rng: np.random.Generator,
        stride: int = 1,
        padding: int = 0,
        init: Initialiser = torch_uniform,
    ) -> None:
        channels = whole("out_channels", out_channels), whole("in_channels", in_channels)
        self.kernel_size, self.stride = whole("kernel_size", kernel_size), whole("stride", stride)
        self.padding = whole("padding", padding, least=0)
        shape = (*channels, self.kernel_size, self.kernel_size)
        self.weight = Parameter(first_weight(init, shape, rng))
        self.bias = Parameter(first_bias(init, shape, rng))

    def forward(self, x: Array) -> Array:
        """Return `(B, out_channels, H', W')` for `(B, in_channels, H, W)`."""
        x = as_batch("Conv2d", x, None, self.weight.data.shape[1], None, None)
        border = (self.padding, self.padding)
        padded = np.pad(x, ((0, 0), (0, 0), border, border))
        windows = extract(padded, self.kernel_size, self.stride)  # (B, C, H', W', k, k)
        batch, _, height, width = windows.shape[:4]
        self.padded_shape = padded.shape
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(batch * height * width, -1)  # (B·H'·W', C·k·k)
        y = self.columns @ self.weight.data.reshape(len(self.weight.data), -1).T + self.bias.data
        y = np.ascontiguousarray(y.reshape(batch, height, width, -1).transpose(0, 3, 1, 2))
        self.output_shape = y.shape
        return y

    def backward_parameters(self, gradient: Array) -> None:
        """Set the gradients of weight and bias."""
        gradient = as_gradient(self, gradient)
        rows = gradient.transpose(0, 2, 3, 1).reshape(-1, gradient.shape[1])  # (B·H'·W', out)
        self.weight.grad = (rows.T @ self.columns).reshape(self.weight.data.shape)
        self.bias.grad = rows.sum(axis=0)

    def backward(self, gradient: Array) -> Array:
        """Set the gradients of weight and bias and return that of the input."""
        gradient = as_gradient(self, gradient)
        self.backward_parameters(gradient)
        batch, out_channels, height, width = gradient.shape
        rows = gradient.transpose(0, 2, 3, 1).reshape(-1, out_channels)
        columns = rows @ self.weight.data.reshape(out_channels, -1)
        size = self.kernel_size
        windows = columns.reshape(batch, height, width, -1, size, size).transpose(0, 3, 1, 2, 4, 5)
        padded = scatter(windows, self.padded_shape, self.stride)
        inside = slice(self.padding, -self.padding or None)
        return padded[:, :, inside, inside]

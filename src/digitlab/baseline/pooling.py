"""Fewer pixels: the largest of each window, or averages over a grid."""

import numpy as np

from digitlab.baseline.checks import as_batch, as_gradient, float_type, whole
from digitlab.baseline.module import Array, Module
from digitlab.baseline.windows import extract, scatter


class MaxPool2d(Module):
    """The largest value of each window; the gradient goes to where that value came from.

    Of equal values the first in reading order gets all of it, as in torch.

    Args:
        kernel_size: Side of the window in pixels.
        stride: Pixels between windows; by default the side of the window, so that they do not overlap.
    """

    def __init__(self, kernel_size: int, stride: int | None = None) -> None:
        self.kernel_size = whole("kernel_size", kernel_size)
        self.stride = self.kernel_size if stride is None else whole("stride", stride)

    def forward(self, x: Array) -> Array:
        """Return `(B, C, H', W')` for `(B, C, H, W)`; a rest that fills no window is left out."""
        x = as_batch("MaxPool2d", x, None, None, None, None)
        windows = extract(x, self.kernel_size, self.stride)
        self.input_shape, self.window_shape = x.shape, windows.shape
        values = windows.reshape(*windows.shape[:4], -1)
        self.output_shape = windows.shape[:4]
        self.largest = values.argmax(axis=-1, keepdims=True)
        return np.take_along_axis(values, self.largest, axis=-1)[..., 0]

    def backward(self, gradient: Array) -> Array:
        """Return the gradient, zero but for the pixels that were chosen."""
        gradient = as_gradient(self, gradient)
        values = np.zeros((*self.window_shape[:4], self.kernel_size**2), gradient.dtype)
        np.put_along_axis(values, self.largest, gradient[..., None], axis=-1)
        return scatter(values.reshape(self.window_shape), self.input_shape, self.stride)


class AdaptiveAvgPool2d(Module):
    """Averages over an `output_size` x `output_size` grid of bins, whatever the size of the image.

    Bin i covers the pixels from floor(i·H / out) to ceil((i + 1)·H / out), so that bins overlap where out does not
    divide H (4 bins over 14 pixels do). Averaging is linear and separable: Y = A_h X A_wᵀ with one matrix for each
    axis, so ∂L/∂X = A_hᵀ G A_w.

    Args:
        output_size: Side of the grid.
    """

    def __init__(self, output_size: int) -> None:
        self.output_size = whole("output_size", output_size)

    def forward(self, x: Array) -> Array:
        """Return `(B, C, output_size, output_size)` for `(B, C, H, W)`."""
        x = as_batch("AdaptiveAvgPool2d", x, None, None, None, None)
        self.output_shape = (*x.shape[:2], self.output_size, self.output_size)
        self.down = averages(x.shape[2], self.output_size, x.dtype)
        self.across = averages(x.shape[3], self.output_size, x.dtype)
        return self.down @ x @ self.across.T

    def backward(self, gradient: Array) -> Array:
        """Return the gradient, spread evenly over the pixels of each bin."""
        return self.down.T @ as_gradient(self, gradient) @ self.across


def averages(pixels: int, bins: int, dtype: np.dtype) -> Array:
    """Return the matrix `(bins, pixels)` whose rows average the pixels of one bin each."""
    pixels, bins = whole("pixels", pixels), whole("bins", bins)
    matrix = np.zeros((bins, pixels), float_type("dtype", dtype))
    for row in range(bins):
        start, end = row * pixels // bins, -((row + 1) * pixels // -bins)
        matrix[row, start:end] = 1 / (end - start)
    return matrix

"""Sliding windows over images, and their adjoint: what convolution and pooling are made of."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from digitlab.baseline.module import Array


def extract(images: Array, size: int, stride: int) -> Array:
    """Return every window of `size` x `size` pixels, `stride` pixels apart, as a view.

    `(B, C, H, W)` becomes `(B, C, H', W', size, size)` with H' = (H - size) // stride + 1; a rest that fills no window
    is left out.
    """
    return sliding_window_view(images, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]


def scatter(windows: Array, shape: tuple[int, ...], stride: int) -> Array:
    """Return images of `shape` in which every pixel is the sum of its values in all windows that hold it.

    The adjoint of `extract`: if y = extract(x), then ∂L/∂x = scatter(∂L/∂y).
    """
    images = np.zeros(shape, windows.dtype)
    height, width, size, _ = windows.shape[2:]
    for row in range(size):
        for column in range(size):
            rows = slice(row, row + stride * height, stride)
            columns = slice(column, column + stride * width, stride)
            images[:, :, rows, columns] += windows[..., row, column]
    return images

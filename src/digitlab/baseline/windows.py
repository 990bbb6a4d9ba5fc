"""Sliding windows over images, and their adjoint: what convolution and pooling are made of."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from digitlab.baseline.checks import as_batch, as_floats, as_shape, whole
from digitlab.baseline.module import Array


def extract(images: Array, size: int, stride: int) -> Array:
    """Return every window of `size` x `size` pixels, `stride` pixels apart, as a view.

    `(B, C, H, W)` becomes `(B, C, H', W', size, size)` with H' = (H - size) // stride + 1; a rest that fills no window
    is left out.

    Raises:
        ValueError: If the images are smaller than a window.
    """
    images = as_batch("a window", images, None, None, None, None)
    size, stride = whole("size", size), whole("stride", stride)
    if min(images.shape[2:]) < size:
        raise ValueError(f"a window of {size} x {size} pixels does not fit into images {images.shape}")
    return sliding_window_view(images, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]


def scatter(windows: Array, shape: tuple[int, ...], stride: int) -> Array:
    """Return images of `shape` in which every pixel is the sum of its values in all windows that hold it.

    The adjoint of `extract`: if y = extract(x), then ∂L/∂x = scatter(∂L/∂y).

    Raises:
        ValueError: If images of `shape` do not have these windows.
    """
    windows, stride = as_floats("windows", windows), whole("stride", stride)
    images = np.zeros(as_shape("shape", shape, 4), windows.dtype)
    if windows.ndim != 6 or windows.shape != extract(images, windows.shape[-1], stride).shape:
        raise ValueError(f"windows {windows.shape} with stride {stride} are not those of images {shape}")
    height, width, size, _ = windows.shape[2:]
    for row in range(size):
        for column in range(size):
            rows = slice(row, row + stride * height, stride)
            columns = slice(column, column + stride * width, stride)
            images[:, :, rows, columns] += windows[..., row, column]
    return images

"""What travels from the loader to the module."""

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Some images and what they show.

    A named tuple, so that Lightning moves it to the device as it is.

    Attributes:
        images: uint8 `(B, 1, 28, 28)`, 0 for paper and 255 for ink. Bytes, because a batch then crosses to the
            device at a quarter of the size; the module normalises it there.
        labels: int64 `(B,)`, in `0..num_classes-1`.
    """

    images: Tensor
    labels: Tensor

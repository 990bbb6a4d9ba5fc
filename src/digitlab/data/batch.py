"""What travels from the loader to the module, and what loaders draw it from."""

from typing import NamedTuple, Protocol

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


class Images(Protocol):
    """Images that can be had a batch at a time: a tensor is some, and so is a file."""

    def index_select(self, dim: int, index: Tensor, /) -> Tensor:
        """Return those at the positions `index`, int64 `(B,)`, as uint8 `(B, 1, 28, 28)`; `dim` is 0."""

    def __getitem__(self, where: slice, /) -> Tensor:
        """Return a run of them."""


class ImageSet(NamedTuple):
    """Images, wherever they lie, and what they show.

    Attributes:
        images: `N` of them.
        labels: int64 `(N,)`; eight bytes an image, so they are in memory always.
    """

    images: Images
    labels: Tensor

"""Images that stay in their file: read in blocks when they are wanted, 400 MB kept at any time, whatever their size.

A map of the file (`numpy.memmap`) would be shorter, and no bound of its memory could be promised: on a new kernel one
touched image brings two megabytes into the process, and a file that shrinks ends the process without a word.
"""

import os
import weakref
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from digitlab.data.formats.idx import Header
from digitlab.data.load import fit_to_28
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.regular_files import open_regular

BLOCK_BYTES = 64 * 28 * 28  # 50 kB, or one image if that is larger: a read costs little more than one of a few bytes
# 400 MB. Blocks for one and a half times what a window of the loader's order touches, beside a validation part.
KEPT_BYTES = 2**13 * BLOCK_BYTES
COPIED_BYTES = 2**26  # out of the blocks, before they are scaled


class ImageFile:
    """The images of an IDX file, a block at a time; the blocks read last are kept.

    Args:
        path: The file.
        header: What it says about itself; three dimensions of bytes.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self._count, self._offset = header.shape[0], header.offset
        self._sides, self._size = header.shape[1:], header.shape[1] * header.shape[2]
        file = open_regular(path)
        self._file = file.fileno()
        weakref.finalize(self, file.close)
        self._block = max(1, BLOCK_BYTES // self._size)  # images
        blocks = -(-self._count // self._block)
        room = max(2, KEPT_BYTES // (self._block * self._size))  # blocks
        # Rows that are read at once, of which each may need a block of its own.
        self._few = max(1, min(room // 2, COPIED_BYTES // self._size))
        slots = min(room, blocks)
        self._kept = np.empty((slots, self._block, self._size), dtype=np.uint8)
        self._images = self._kept.reshape(-1, 1, *self._sides)
        self._block_in = np.full(slots, -1)  # by slot, or -1
        self._slot_of = np.full(blocks, -1)  # by block, or -1
        self._next = 0  # the slot that is filled next; they take turns

    def __len__(self) -> int:
        return self._count

    def read(self, rows: Tensor) -> Tensor:
        """Return uint8 `(B, 1, 28, 28)`, a copy, for rows int64 `(B,)`.

        Raises:
            UserError: If the file is no longer as long as it was.
            OSError: If it cannot be read.
        """
        if len(rows) <= self._few:
            return fit_to_28(torch.from_numpy(self._take(rows.numpy())))
        return torch.cat([self.read(some) for some in rows.split(self._few)])

    def _take(self, rows: np.ndarray) -> np.ndarray:
        """Return the images of so few rows that the slots have room for their blocks."""
        blocks, places = np.divmod(rows, self._block)
        while (slots := self._slot_of[blocks]).min(initial=0) < 0:  # what is read may displace what was there
            self._keep(np.unique(blocks[slots < 0]))
        return self._images.take(slots * self._block + places, axis=0)

    def _keep(self, blocks: np.ndarray) -> None:
        """Read blocks into the slots that were filled longest ago."""
        slots = (self._next + np.arange(len(blocks))) % len(self._block_in)
        self._next = int(slots[-1] + 1) % len(self._block_in)
        displaced = self._block_in[slots]
        self._slot_of[displaced[displaced >= 0]] = -1
        self._block_in[slots] = -1  # should a read fail, nothing points at what it left
        for block, slot in zip(blocks.tolist(), slots.tolist(), strict=True):
            images = self._kept[slot, : self._count - block * self._block]
            read = _read_into(images, self._file, self._offset + block * self._block * self._size)
            if read != images.nbytes:
                raise UserError(f"{shown(self.path)} has become shorter since the run began; it must stay as it is")
            self._block_in[slot], self._slot_of[block] = block, slot


def _read_into(images: np.ndarray, file: int, offset: int) -> int:
    """Fill an array from a place in a file and return how many bytes there were; Windows has no `preadv`."""
    if hasattr(os, "preadv"):
        return os.preadv(file, [images.data], offset)
    os.lseek(file, offset, os.SEEK_SET)
    content = os.read(file, images.nbytes)
    images.reshape(-1)[: len(content)] = np.frombuffer(content, dtype=np.uint8)
    return len(content)


class ImagesOnDisk:
    """Some images of a file, by their rows; as good as a tensor to a loader.

    Args:
        file: Shared by all who draw from it, so that together they stay within the memory of one.
        rows: int64 `(N,)`, all by default.
    """

    def __init__(self, file: ImageFile, rows: Tensor | None = None) -> None:
        self.file = file
        self.rows = torch.arange(len(file)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, where: slice) -> Tensor:
        return self.file.read(self.rows[where])

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """Return images uint8 `(B, 1, 28, 28)` for positions int64 `(B,)`; `dim` is 0."""
        assert dim == 0
        return self.file.read(self.rows[index])

    def only(self, index: Tensor) -> "ImagesOnDisk":
        """Return those at some positions as images of their own; nothing is read."""
        return ImagesOnDisk(self.file, self.rows[index])

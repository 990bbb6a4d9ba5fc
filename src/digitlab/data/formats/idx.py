"""The IDX format, in which MNIST and its relatives are distributed.

A file is: two zero bytes, one byte for the type of the values, one for the number of dimensions, each dimension
as a 4-byte integer, then the values; everything big-endian.
"""

import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitlab.errors import UserError
from digitlab.system.regular_files import open_regular

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
LONGEST_HEADER = 4 + 4 * 255
GZIP_MAGIC = b"\x1f\x8b"  # how a file begins that is still compressed
LARGEST_IN_MEMORY = 2**30  # bytes; five times the largest set that has a name


class Header(NamedTuple):
    """What the first bytes of an IDX file say about the rest.

    Attributes:
        dtype: Type of the values, big-endian.
        shape: Size of each dimension.
        offset: Where the values begin, in bytes.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    offset: int

    @property
    def nbytes(self) -> int:
        """Length of the values in bytes."""
        return self.dtype.itemsize * math.prod(self.shape)


def parse_header(start: bytes, size: int) -> Header:
    """Return the header of a file.

    Args:
        start: The first `LONGEST_HEADER` bytes of the file, or all of them.
        size: Length of the whole file in bytes.

    Raises:
        ValueError: If this is no IDX file, or its length is not what the header says; worded to follow the name of
            the file.
    """
    header = _parse(start)
    if size != header.offset + header.nbytes:
        raise ValueError(f"has {size:,} bytes, its header says {header.offset + header.nbytes:,}")
    return header


def expected_size(start: bytes) -> int:
    """Return how long a file must be that begins like this; see `parse_header`."""
    header = _parse(start)
    return header.offset + header.nbytes


def _parse(start: bytes) -> Header:
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES or start[3] == 0:
        raise ValueError(f"is not an IDX file ({_impression(start)})")
    offset = 4 + 4 * start[3]
    if len(start) < offset:
        raise ValueError(f"has {len(start):,} bytes, its header says at least {offset:,}")
    shape = tuple(int.from_bytes(start[at : at + 4]) for at in range(4, offset, 4))
    return Header(np.dtype(TYPES[start[2]]), shape, offset)


def _impression(start: bytes) -> str:
    if not start:
        return "it is empty"
    if start[:2] == GZIP_MAGIC:
        return "it is still compressed by gzip"
    return "it is a web page" if start.lstrip()[:1] == b"<" else "wrong magic number"


def read_idx(path: Path) -> np.ndarray:
    """Return the array in an IDX file, in the machine's byte order.

    Raises:
        UserError: If the file is no IDX file, its length is not what its header says, or it is too large. A download or
            an extraction that broke off looks like that, and torchvision trusts such a file from then on.
    """
    try:
        with open_regular(path) as file:
            header = parse_header(file.read(LONGEST_HEADER), os.fstat(file.fileno()).st_size)
            if header.nbytes > LARGEST_IN_MEMORY:
                raise UserError(f"{path} has {header.nbytes:,} bytes, which are too many to be in memory; use data=idx")
            file.seek(header.offset)
            values = np.fromfile(file, header.dtype).reshape(header.shape)
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"{path} {error}; remove it, and it will be fetched anew") from None
    return values.astype(header.dtype.newbyteorder("="), copy=False)

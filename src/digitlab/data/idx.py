"""The IDX format, in which MNIST and its relatives are distributed.

A file is: two zero bytes, one byte for the type of the values, one for the number of dimensions, each dimension
as a 4-byte integer, then the values; everything big-endian.
"""

import math
from pathlib import Path

import numpy as np

from digitlab.errors import UserError

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: Path) -> np.ndarray:
    """Return the array in an IDX file, in the machine's byte order.

    Raises:
        UserError: If the file is no IDX file, or its length is not what its header says. A download or an
            extraction that broke off looks like that, and torchvision trusts such a file for ever.
    """
    content = path.read_bytes()
    mend = "remove it, and it will be fetched again"
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES or content[3] == 0:
        raise UserError(f"{path} is not an IDX file (wrong magic number); {mend}")
    dtype, dimensions = np.dtype(TYPES[content[2]]), content[3]
    offset = 4 + 4 * dimensions
    shape = tuple(int.from_bytes(content[start : start + 4]) for start in range(4, offset, 4))
    expected = offset + dtype.itemsize * math.prod(shape)
    if len(content) != expected:
        raise UserError(f"{path} has {len(content):,} bytes, its header says {expected:,}; {mend}")
    values = np.frombuffer(content, dtype, offset=offset).reshape(shape)
    return values.astype(dtype.newbyteorder("="))

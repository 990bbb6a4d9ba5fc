"""USPS: 9,298 digits off envelopes, 16x16, as bz2-compressed text in libsvm's format."""

import bz2
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from digitlab.errors import UserError
from digitlab.system.regular_files import open_regular

SMALL = 2**22  # bytes that any file may unpack to
MOST_TIMES = 20  # as many as it has; written out, the original has three to four times as many
LONGEST_LINE = 16_384  # bytes; the original's have some 2,500
VALUES = 256
LABEL_BYTES = 12  # at most, and a part of what follows it


def read_usps(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 `(N, 16, 16)` and labels int64 `(N,)`.

    A line is `label index:value ...` with labels 1..10 for the digits 0..9 and 256 values in [-1, 1]; the
    values become bytes as torchvision makes them, `(value + 1) / 2 * 255` rounded down.

    Raises:
        UserError: If the file is not of that kind.
    """
    labels, images = [], []
    try:
        for line in read_lines(path):
            label, *items = line.decode("ascii").split()
            values = np.array([item.partition(":")[2] for item in items], dtype=np.float32)
            labels.append(int(label) - 1)
            images.append(((values.reshape(16, 16) + 1) / 2 * 255).astype(np.uint8))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} is not the USPS file it should be ({error}); remove it, and it will be fetched anew"
        ) from None
    return np.stack(images), np.array(labels, dtype=np.int64)


def read_labels(path: Path) -> np.ndarray:
    """Return the labels, 1..10, int64 `(N,)`, of a file whose lines have the right number of values.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not such a file; worded to follow its name.
    """
    return np.array([int(line.split(None, 1)[0]) for line in read_lines(path)])


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield one line after the other, so that a small file which unpacks to any size takes no memory.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a file; worded to follow its name.
    """
    count = 0
    with open_regular(path) as packed, bz2.open(packed) as file:
        left = max(SMALL, MOST_TIMES * os.fstat(packed.fileno()).st_size)
        while line := _next_line(file):
            count, left = count + 1, left - len(line)
            if left < 0:
                raise ValueError(f"unpacks to more than {MOST_TIMES} times its size")
            start = line[:LABEL_BYTES].split(None, 1)
            if line.count(b":") != VALUES or len(start) < 2 or not start[0].isdigit():
                raise ValueError(f"does not hold a label and {VALUES} grey levels in each line")
            yield line
    if count == 0:
        raise ValueError(f"does not hold a label and {VALUES} grey levels in each line")


def _next_line(file: bz2.BZ2File) -> bytes:
    try:
        return file.readline(LONGEST_LINE)
    except (OSError, EOFError):
        raise ValueError("is not a whole bz2 file") from None

"""USPS: 9,298 digits off envelopes, 16x16, as bz2-compressed text in libsvm's format."""

import bz2
from pathlib import Path

import numpy as np

from digitlab.errors import UserError


def read_usps(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 `(N, 16, 16)` and labels int64 `(N,)`.

    A line is `label index:value ...` with labels 1..10 for the digits 0..9 and 256 values in [-1, 1]; the
    values become bytes as torchvision makes them, `(value + 1) / 2 * 255` rounded down.

    Raises:
        UserError: If the file is not of that kind.
    """
    try:
        rows = [line.split() for line in bz2.decompress(path.read_bytes()).decode("ascii").splitlines()]
        labels = np.array([int(row[0]) - 1 for row in rows], dtype=np.int64)
        values = np.array([[item.partition(":")[2] for item in row[1:]] for row in rows], dtype=np.float32)
        images = ((values.reshape(-1, 16, 16) + 1) / 2 * 255).astype(np.uint8)
    except (OSError, ValueError, IndexError) as error:
        raise UserError(
            f"{path} is not the USPS file it should be ({error}); remove it, and it will be fetched again"
        ) from None
    return images, labels

"""Large sets out of MNIST: its training images repeated, each time shifted by another few pixels."""

import shutil
import sys
from pathlib import Path

import numpy as np

from digitlab.data.formats.idx import read_idx

REACH = 6  # pixels to each side: (2 x 6 + 1)² = 169 shifts, more than 8.1 million images need


def ensure_copies(data_dir: Path, folder: Path, count: int) -> tuple[Path, Path]:
    """Return files with so many images and labels, written if they are not there.

    Args:
        data_dir: Folder with MNIST/raw.
        folder: For the files; it exists.
        count: Images.
    """
    paths = folder / f"images-{count}-idx3-ubyte", folder / f"labels-{count}-idx1-ubyte"
    if not all(path.exists() for path in paths):
        raw = data_dir / "MNIST" / "raw"
        images, labels = (read_idx(raw / f"train-{name}-ubyte") for name in ("images-idx3", "labels-idx1"))
        needed, free = count * (images[0].size + 1), shutil.disk_usage(folder).free
        if needed > free:
            sys.exit(f"benchmark: {count:,} images need {needed / 1e9:.1f} GB in {folder}, which has {free / 1e9:.1f}")
        write_copies(paths[0], images, count)
        write_copies(paths[1], labels, count)
    return paths


def write_copies(path: Path, values: np.ndarray, count: int) -> None:
    """Write `values`, uint8 of `(N, ...)`, as often as `count` needs; images are shifted, what leaves comes back."""
    part = path.with_suffix(".part")
    steps = sorted(range(-REACH, REACH + 1), key=abs)
    shifts = [(down, right) for down in steps for right in steps]
    with part.open("wb") as file:
        file.write(bytes([0, 0, 8, values.ndim]) + b"".join(n.to_bytes(4, "big") for n in (count, *values.shape[1:])))
        for number, start in enumerate(range(0, count, len(values))):
            copy = values[: count - start]
            if values.ndim == 3:
                copy = np.roll(copy, shifts[number % len(shifts)], axis=(1, 2))
            copy.tofile(file)
    part.rename(path)

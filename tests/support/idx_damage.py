"""Every kind of damage to a data set that we could think of, and what is said of it."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from digitlab.data.formats.idx import read_idx

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
HTML = b"<!DOCTYPE html><html><body>404 Not Found</body></html>"
IDX_CODES = {"uint8": 8, "int32": 12}


def write_idx(path: Path, values: np.ndarray) -> None:
    """Write an array in the IDX format, independently of the package's reader."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, IDX_CODES[str(values.dtype)], values.ndim])
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    path.write_bytes(header + sizes + values.astype(values.dtype.newbyteorder(">")).tobytes())


def cut(start: int, stop: int | None) -> Callable[[Path], object]:
    """Keep a part of the file."""
    return lambda path: path.write_bytes(path.read_bytes()[start:stop])


def patch(position: int, *values: int) -> Callable[[Path], object]:
    """Put other bytes at a position."""

    def apply(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[position : position + len(values)] = bytes(values)
        path.write_bytes(content)

    return apply


def rewrite(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], object]:
    """Write changed values as a whole file."""
    return lambda path: write_idx(path, np.ascontiguousarray(change(read_idx(path))))


def instead(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Put something else in the place of the file."""

    def apply(path: Path) -> None:
        path.unlink()
        make(path)

    return apply


def swap(path: Path) -> None:
    """Exchange images and labels."""
    partner = path.with_name(LABELS if path.name == IMAGES else IMAGES)
    mine, theirs = path.read_bytes(), partner.read_bytes()
    path.write_bytes(theirs)
    partner.write_bytes(mine)


def flip(path: Path) -> None:
    """Change one bit of a pixel."""
    patch(5000, path.read_bytes()[5000] ^ 1)(path)


# What is done to which file, and what is said of it.
DAMAGE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "truncated by one byte": (IMAGES, cut(0, -1), r"has 470,415 bytes, its header says 470,416"),
    "truncated to nothing": (IMAGES, cut(0, 0), r"is not an IDX file \(it is empty\)"),
    "truncated in the header": (IMAGES, cut(0, 9), r"has 9 bytes, its header says at least 16"),
    "truncated after an image": (IMAGES, cut(0, 16 + 300 * 784), r"has 235,216 bytes, its header says 470,416"),
    "labels truncated": (LABELS, cut(0, 400), r"has 400 bytes, its header says 608"),
    "trailing bytes": (IMAGES, lambda path: path.write_bytes(path.read_bytes() + b"\n"), r"has 470,417 bytes, its"),
    "first byte lost": (IMAGES, cut(1, None), r"is not an IDX file \(wrong magic number\)"),
    "flipped bit in a pixel": (IMAGES, flip, r"has the size of the original but not its sha256"),
    "flipped bit in a label": (LABELS, patch(100, 200), r"has the size of the original but not its sha256"),
    "wrong magic": (IMAGES, patch(0, 7), r"is not an IDX file \(wrong magic number\)"),
    "unknown type of values": (IMAGES, patch(2, 10), r"is not an IDX file \(wrong magic number\)"),
    "header too large": (IMAGES, patch(4, 255), r"has 470,416 bytes, its header says 3,354,"),
    "labels fewer than images": (LABELS, rewrite(lambda a: a[:-1]), rf"one label .* 600 in {IMAGES} and 599 in"),
    "images fewer than labels": (IMAGES, rewrite(lambda a: a[:-1]), r"does not fit its partner: .* 599 in .* 600 in"),
    "label 200": (
        LABELS,
        lambda path: rewrite(lambda a: np.append(a, np.uint8(200)))(path),
        r"has labels outside 0\.\.9: 1, the first is 200",
    ),
    "images and labels swapped": (IMAGES, swap, r"has 1 dimensions where 3 belong \(images and labels swapped\?\)"),
    "a folder": (IMAGES, instead(Path.mkdir), r"cannot be read \(not a regular file\)"),
    "a pipe": (LABELS, instead(os.mkfifo), r"cannot be read \(not a regular file\)"),
    "a web page": (LABELS, lambda path: path.write_bytes(HTML), r"is not an IDX file \(it is a web page\)"),
    "half a .gz": (
        IMAGES,
        lambda p: p.write_bytes(gzip.compress(p.read_bytes())[:-9]),
        r"it is still compressed by gz",
    ),
    "unreadable": (IMAGES, instead(lambda path: path.symlink_to(path.name)), r"cannot be read \(Too many levels"),
    "not square": (IMAGES, rewrite(lambda a: a.reshape(600, 14, 56)[:599]), r"holds no square images of bytes but"),
    "no images": (IMAGES, rewrite(lambda a: a[:0]), r"is without content, its shape is \(0, 28, 28\)"),
    "images of wide numbers": (
        IMAGES,
        rewrite(lambda a: a.astype(np.int32)),
        r"holds no square images of bytes but int32",
    ),
    "removed": (LABELS, Path.unlink, r"is missing"),
}

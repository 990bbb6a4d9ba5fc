"""What the headers of anybody's own IDX files say, held against what is needed of them; light, and no pixel is read."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from digitlab.data.formats.idx import GZIP_MAGIC, LONGEST_HEADER, Header, parse_header
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.commands import command
from digitlab.system.regular_files import open_regular

MOST_IMAGES = 100_000_000  # labels and rows of which take some gigabytes
LARGEST_SIDE = 4096  # pixels
MOST_FACTS = (64,)  # for each image, the label among them; QMNIST has eight


def pair_headers(files: Mapping[str, Path]) -> tuple[Header, Header]:
    """Return the headers of images and labels that belong together, in files named under the keys that a person set.

    Raises:
        UserError: If one is not what it should be, or they do not belong together.
    """
    (images_key, images_path), (labels_key, labels_path) = files.items()
    images, labels = image_header(images_key, images_path), label_header(labels_key, labels_path)
    if images.shape[0] != labels.shape[0]:
        raise UserError(
            f"{images_key} has {images.shape[0]:,} images and {labels_key} {labels.shape[0]:,} labels; name files that "
            "belong together"
        )
    return images, labels


def image_header(key: str, path: Path) -> Header:
    """Return the header of a file of images.

    Args:
        key: What a person set to name the file, for the refusal.
        path: An IDX file of square images of bytes, of any size.

    Raises:
        UserError: If it is not such a file, or not whole.
    """
    header = _header(key, path)
    if len(header.shape) != 3 or header.dtype != np.uint8 or header.shape[1] != header.shape[2] or 0 in header.shape:
        raise UserError(
            f"{key}={shown(path)} must hold square images of bytes, and holds {header.dtype.name} of shape "
            f"{header.shape}; are images and labels swapped?"
        )
    if header.shape[0] > MOST_IMAGES or header.shape[1] > LARGEST_SIDE:
        raise UserError(
            f"{key}={shown(path)} must hold at most {MOST_IMAGES:,} images of at most {LARGEST_SIDE}x{LARGEST_SIDE}, "
            f"and its shape is {header.shape}; divide it, or make them smaller"
        )
    return header


def label_header(key: str, path: Path) -> Header:
    """Return the header of a file of labels.

    Args:
        key: What a person set to name the file, for the refusal.
        path: An IDX file of whole numbers, one for each image, or with the label as the first of several.

    Raises:
        UserError: If it is not such a file, or not whole.
    """
    header = _header(key, path)
    if len(header.shape) > 2 or header.dtype.kind == "f" or 0 in header.shape or header.shape[1:] > MOST_FACTS:
        raise UserError(
            f"{key}={shown(path)} must hold a whole number for each image, and holds {header.dtype.name} of shape "
            f"{header.shape}; are images and labels swapped?"
        )
    return header


def read_label_values(path: Path, header: Header) -> np.ndarray:
    """Return the labels of a file, int64 `(N,)`."""
    values = np.fromfile(path, header.dtype, offset=header.offset).reshape(header.shape[0], -1)
    return values[:, 0].astype(np.int64)


def _header(key: str, path: Path) -> Header:
    """Return the header of a file whose size is what it says."""
    try:
        with open_regular(path) as file:
            start, size = file.read(LONGEST_HEADER), os.fstat(file.fileno()).st_size
        if start[:2] == GZIP_MAGIC:
            raise ValueError(f"is compressed; type: {command('gunzip', '-k', path)}")
        return parse_header(start, size)
    except FileNotFoundError:
        fault = "does not exist; a relative path begins at paths.data_dir"
    except OSError as error:
        fault = f"cannot be read ({error.strerror or error})"
    except ValueError as error:
        fault = str(error)
    raise UserError(f"{key}={shown(path)} {fault}")

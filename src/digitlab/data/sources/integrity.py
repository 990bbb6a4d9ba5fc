"""What is wrong with the files of a data set, if anything.

Looks and changes nothing; `repair` mends what is found. Cheap things are looked at first: that there is a file, its
size against its header, its header against what belongs there, and last its content: by sha256 where the original's is
known and the size is the original's (a flipped bit keeps the size), otherwise by the range of its labels. Files of
another size are somebody's own data in the same layout, and as good as any if they agree with each other.
"""

import hashlib
import math
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitlab.data.catalogue import Part, Source
from digitlab.data.formats import usps
from digitlab.data.formats.idx import LARGEST_IN_MEMORY, LONGEST_HEADER, Header, parse_header, read_idx
from digitlab.system.regular_files import open_regular

MISSING = "is missing"


class Inspection(NamedTuple):
    """What the files of a data set were found to be.

    Attributes:
        faults: What is wrong, by file name, worded to follow the name. Empty if all is well.
        counts: Images of each part that has no fault.
    """

    faults: dict[str, str]
    counts: dict[Part, int]


def inspect(source: Source, files: Mapping[str, Path], num_classes: int = 0) -> Inspection:
    """Look at every file of a data set.

    Args:
        source: The data set.
        files: Where its files lie, by name, as `source.where` says or on the way there.
        num_classes: Classes that somebody's own data may have, where these are more than the original's.
    """
    faults: dict[str, str] = {}
    counts: dict[Part, int] = {}
    for part, names in source.files.items():
        found = {}
        for name in names:
            try:
                found[name] = _count(source, part, files[name], max(num_classes, source.num_classes))
            except FileNotFoundError:
                faults[name] = MISSING
            except OSError as error:
                faults[name] = f"cannot be read ({error.strerror or error})"
            except ValueError as error:
                faults[name] = str(error)
        if len(set(found.values())) > 1:
            faults |= _unequal(found, source.counts[part])
        elif len(found) == len(names):
            counts[part] = found[names[0]]
    return Inspection(faults, counts)


def highest_label(source: Source, data_dir: Path, part: Part) -> int:
    """Return the highest class in a part whose files are sound; classes count from 0."""
    path = source.paths(data_dir, part)[-1]
    if path.suffix == ".bz2":
        status = path.stat()
        version = (path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return int(_labels_of_lines(*version).max()) - 1 - source.first_label
    labels = read_idx(path)
    return int((labels if labels.ndim == 1 else labels[:, 0]).max()) - source.first_label


def _unequal(found: dict[str, int], original: int) -> dict[str, str]:
    """Blame the file that has not the original's count, or both if neither has."""
    have = " and ".join(f"{count:,} in {name}" for name, count in found.items())
    suspects = [name for name, count in found.items() if count != original]
    return dict.fromkeys(suspects, f"does not fit its partner: there must be one label for each image, but are {have}")


def _count(source: Source, part: Part, path: Path, num_classes: int) -> int:
    """Return how many images, or labels, a sound file holds.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is damaged.
    """
    with open_regular(path) as file:
        start, status = file.read(LONGEST_HEADER), os.fstat(file.fileno())
    version = (path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    first, last = source.first_label, source.first_label + num_classes - 1
    if path.suffix == ".bz2":
        labels = _labels_of_lines(*version)
        _check_labels(labels, first + 1, last + 1)  # as they stand in the file, where they count from 1
        return len(labels)
    header = parse_header(start, status.st_size)
    _check_shape(path.name, header)
    if path.name in source.sha256 and status.st_size == _original_size(path.name, source.counts[part]):
        if _sha256(*version) != source.sha256[path.name]:
            raise ValueError("has the size of the original but not its sha256")
    elif len(header.shape) < 3:
        labels = read_idx(path)
        _check_labels(labels if labels.ndim == 1 else labels[:, 0], first, last)
    return header.shape[0]


def _check_shape(name: str, header: Header) -> None:
    expected, dimensions = _dimensions(name), len(header.shape)
    if dimensions != expected:
        raise ValueError(f"has {dimensions} dimensions where {expected} belong (images and labels swapped?)")
    if 0 in header.shape:
        raise ValueError(f"is without content, its shape is {header.shape}")
    if dimensions == 3 and (header.dtype != np.uint8 or header.shape[1] != header.shape[2]):
        raise ValueError(f"holds no square images of bytes but {header.dtype.name} of shape {header.shape}")
    if header.nbytes > LARGEST_IN_MEMORY:
        raise ValueError(
            f"has {header.nbytes:,} bytes, and at most {LARGEST_IN_MEMORY:,} are read into memory; type data=idx"
        )
    if header.dtype.kind == "f":
        raise ValueError(f"holds {header.dtype.name}, labels are whole numbers")


def _check_labels(labels: np.ndarray, first: int, last: int) -> None:
    outside = labels[(labels < first) | (labels > last)]
    if len(outside):
        raise ValueError(f"has labels outside {first}..{last}: {len(outside):,}, the first is {outside[0]}")


def _dimensions(name: str) -> int:
    return int(name.rpartition("idx")[2][0])  # of train-images-idx3-ubyte, 3


def _original_size(name: str, count: int) -> int:
    shape = {1: (count,), 2: (count, 8), 3: (count, 28, 28)}[_dimensions(name)]
    return 4 + 4 * len(shape) + math.prod(shape) * (4 if name.endswith("-int") else 1)


# Both are computed once per process, for as long as the file is the same one by its size and its times.


@lru_cache(maxsize=64)
def _sha256(path: Path, size: int, *times: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _labels_of_lines(path: Path, size: int, *times: int) -> np.ndarray:
    """Return the labels of a file in the format of `usps`, 1..10."""
    return usps.read_labels(path)

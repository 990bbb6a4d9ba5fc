"""Replace missing and damaged files of a data set by sound ones: what is put in place has passed `inspect`."""

import contextlib
import gzip
import itertools
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from digitlab.data.catalogue import Source
from digitlab.data.formats.idx import GZIP_MAGIC, LARGEST_IN_MEMORY, LONGEST_HEADER, expected_size
from digitlab.data.sources.integrity import MISSING, Inspection, inspect
from digitlab.system.regular_files import open_regular

CHUNK = 2**20  # bytes
SMALL = 2**24  # bytes that any file may unpack to
MOST_TIMES = 100  # as many as it has; images pack to a fifth, labels to a half, and zeros to a thousandth


def packings(path: Path) -> list[Path]:
    """Return the files that `path` may be extracted from: its `.gz`, and itself if that was only renamed."""
    beside = path.with_name(f"{path.name}.gz")
    found = [beside] if beside.is_file() else []
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                found += [path] if file.read(2) == GZIP_MAGIC else []
    return found


def extract(files: Mapping[str, Path], faults: Mapping[str, str], staging: Path) -> dict[str, Path]:
    """Unpack into `staging` what faulty files may be extracted from.

    Returns:
        The unpacked files by name. They are whole, by gzip's own checksum; whether they are sound is to be seen.
    """
    fresh = {}
    for name in faults:
        for path in packings(files[name]):
            try:
                _unpack(path, staging / name)
            except (OSError, EOFError, zlib.error, ValueError):
                continue
            fresh[name] = staging / name
            break
    return fresh


def _unpack(packed: Path, target: Path) -> None:
    """Write what a `.gz` of an IDX file holds, and no more than the header of that file says.

    Raises:
        OSError: If it cannot be read or written, or fails gzip's checksum.
        EOFError: If it is cut.
        ValueError: If it does not hold an IDX file, or a few bytes stand for very many.
    """
    with open_regular(packed) as file, gzip.open(file) as content, target.open("wb") as unpacked:
        start = content.read(LONGEST_HEADER)
        left = expected_size(start)
        if left > min(max(SMALL, MOST_TIMES * packed.stat().st_size), LARGEST_IN_MEMORY):
            raise ValueError("says that it unpacks to very much more than it has")
        while start:
            left -= len(start)
            if left < 0:
                raise ValueError("unpacks to more than its header says")
            unpacked.write(start)
            start = content.read(CHUNK)


def _aside(path: Path) -> Path:
    """Return a name for a damaged file that no other has."""
    numbered = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(2))
    first = path.with_name(f"{path.name}.damaged")
    return next(name for name in itertools.chain([first], numbered) if not os.path.lexists(name))


def adopt(
    source: Source,
    files: Mapping[str, Path],
    faults: Mapping[str, str],
    fresh: Mapping[str, Path],
    origin: str,
    num_classes: int = 0,
) -> Inspection:
    """Move those fresh files into place that are sound and fit the files they will lie beside.

    A damaged file is not thrown away but renamed to end in `.damaged`, or in `.damaged-2` and so on: it may be
    somebody's own work, and so may the one before it.

    Args:
        source: The data set.
        files: Where its files belong, by name.
        faults: What is wrong there now.
        fresh: What may replace them, by name, on the same file system.
        origin: Where that comes from, for the line that says so.
        num_classes: As for `inspect`.

    Returns:
        What the files are afterwards.
    """
    remaining = inspect(source, {**files, **fresh}, num_classes).faults
    for name, path in fresh.items():
        if name in remaining:
            continue
        if faults[name] != MISSING:
            aside = _aside(files[name])
            os.replace(files[name], aside)
            what = f"{name} {faults[name]}; replaced from {origin}, and the damaged one is now {aside.name}"
            print(f"{source.title}: {what}", flush=True)
        os.replace(path, files[name])
    return inspect(source, files, num_classes)

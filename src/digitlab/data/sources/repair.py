"""Replace missing and damaged files of a data set by sound ones: what is put in place has passed `inspect`."""

import contextlib
import gzip
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from digitlab.data.catalogue import Source
from digitlab.data.sources.integrity import MISSING, Inspection, inspect

GZIP_MAGIC = b"\x1f\x8b"


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
                content = gzip.decompress(path.read_bytes())
            except (OSError, EOFError, zlib.error):
                continue
            fresh[name] = staging / name
            fresh[name].write_bytes(content)
            break
    return fresh


def adopt(
    source: Source,
    files: Mapping[str, Path],
    faults: Mapping[str, str],
    fresh: Mapping[str, Path],
    origin: str,
    num_classes: int = 0,
) -> Inspection:
    """Move those fresh files into place that are sound and fit the files they will lie beside.

    A damaged file is not thrown away but renamed to end in `.damaged`: it may be somebody's own work.

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
            aside = files[name].with_name(f"{name}.damaged")
            os.replace(files[name], aside)
            what = f"{name} {faults[name]}; replaced from {origin}, and the damaged one is now {aside.name}"
            print(f"{source.title}: {what}", flush=True)
        os.replace(path, files[name])
    return inspect(source, files, num_classes)

"""Write files so that a reader never meets half of one."""

import contextlib
import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def temporary_name(path: Path) -> Path:
    """Return where this process writes before a file takes the place of `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write `content` so that `path` holds either what it held or all of `content`, whenever we are killed.

    The new file is complete and on the disk before it takes the place of the old one; it lies beside it, since a move
    from another file system would be a copy over the old one.

    Raises:
        OSError: With the name of the file, if the disk is full, say; the old file is intact and nothing else is left.
    """
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(folder: Path) -> list[Path]:
    """Remove and return what writers that were killed left half done in `folder` and below."""
    leftovers = [path for path in folder.rglob(".*.tmp") if path.is_file()]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return leftovers


def write_text(path: Path, text: str) -> None:
    """Write `text` in UTF-8, likewise."""
    write_bytes(path, text.encode())


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON, likewise.

    Raises:
        ValueError: For NaN and infinity, which JSON does not have.
    """
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> None:
    """Write rows under a header, likewise.

    Args:
        path: Where to.
        rows: What a row lacks stays empty.
        columns: The header; by default every name that occurs, in the order in which they first do.
    """
    text = io.StringIO()
    writer = csv.DictWriter(
        text, columns or list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())

"""Write files so that a reader never meets half of one, and only where they seem to be."""

import contextlib
import csv
import errno
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitlab.errors import UserError
from digitlab.paths import shown

MOST_NAMES = 2_000_000  # files and folders of a run or sweep that are looked at; a job of a sweep has about fifteen
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_BINARY"))


def temporary_name(path: Path) -> Path:
    """Return where this process writes before a file takes the place of `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write `content` so that `path` holds either what it held or all of `content`, whenever we are killed.

    The new file is complete and on the disk before it takes the place of the old one; it lies beside it, since a move
    from another file system would be a copy over the old one. Where the old one or the temporary one is a link, the
    link is replaced, and what it led to stays as it is; `check_no_links` looks at the folders above.

    Raises:
        OSError: With the name of the file, if the disk is full, say; the old file is intact and nothing else is left.
    """
    temporary = temporary_name(path)
    try:
        if not path.is_symlink() and (
            path.is_char_device() or path.is_block_device()
        ):  # /dev/null would be a file from then on, for everybody
            raise OSError(errno.EINVAL, "a device, where a file is written")
        temporary.unlink(missing_ok=True)  # of a process that had our number, or a trap
        with os.fdopen(os.open(temporary, NEW, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    sync_folder(path.parent)


def check_no_links(directory: Path, named: str = "") -> None:
    """Refuse a directory from elsewhere in which a link leads out of it: what is written there would land elsewhere.

    To be called before anything is written into a directory that this process has not made itself. It also covers
    what libraries write (TensorBoard's event files, say), which open files in their own ways.

    Args:
        directory: A run, a sweep or a folder with data; it may be a link itself.
        named: What to call it in the refusal, "resume=..."; by default its path.

    Raises:
        UserError: For the first such link, or if there is too much to look at.
    """
    top, name, count = directory.resolve(), named or shown(directory), 0
    folders = [top] if top.is_dir() else []
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                count += 1
                if count > MOST_NAMES:
                    raise UserError(f"{name} holds more than {MOST_NAMES:,} files; give the folder of one run or sweep")
                if entry.is_symlink():
                    _check_link(Path(entry.path), top, name)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))


def _check_link(link: Path, top: Path, name: str) -> None:
    """Refuse a link that leads out of `top`, in a circle or along too many others."""
    try:
        inside = link.resolve().is_relative_to(top)
    except (OSError, RuntimeError):
        inside = False
    if not inside:
        relative = str(link.relative_to(top))
        raise UserError(f"{name}: {relative[:200]!r} in it is a link that leads out of it; put a copy there instead")


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(folder: Path) -> list[Path]:
    """Remove and return what writers that were killed left half done in `folder` and below.

    Only who holds the lock of the folder may do so: of another process that works there it would take the file away.
    """
    leftovers = [path for path in folder.rglob(".*.tmp") if path.is_file() or path.is_symlink()]
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

"""Pictures decoded once and kept: an IDX file that is read like any other, by this run and the next.

To decode a photograph takes milliseconds, to read the 28x28 bytes that remain of it takes one thousandth of that. So
pictures are not decoded again in every epoch, nor do they fill the memory: they go through the threads once, into a
file whose name says what it was made of, and what it holds. A picture that is added, removed or changed makes another
file; a file that is not as its name says is made anew.
"""

import hashlib
import os
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np

from digitlab.data.formats.picture import SIDE, Invert, read_picture
from digitlab.data.sources.class_folders import Listing
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.locks import locked_staging
from digitlab.system.regular_files import open_regular
from digitlab.system.threads import usable_cores

VERSION = b"2"  # of what `read_picture` makes of a picture
SUFFIX = "-idx3-ubyte"
CHUNK = 128  # pictures that a thread takes at a time
READ_BYTES = 2**20
NEWS_SECONDS = 10.0


def decode_once(listing: Listing, invert: Invert, workers: int | None, kept_in: Path) -> Path:
    """Return the IDX file with all pictures of a listing, in its order, made if it is not there or not whole.

    Args:
        listing: The pictures.
        invert: As for `read_picture`.
        workers: Threads that decode; 0 for none beside this one, `None` for one per core. The file is the same.
        kept_in: Folder for such files. Several processes may want the same: one makes it, the others wait.

    Raises:
        UserError: If a picture cannot be read, or the file cannot be written.
    """
    if kept_in.is_symlink():  # whoever made it would choose what is written over
        raise UserError(f"paths.data_dir: {shown(kept_in)} is a link; remove it, a folder is made in its place")
    key = _key(listing, invert)
    try:
        if found := _find(kept_in, key):
            return found
        with locked_staging(kept_in) as staging:
            if found := _find(kept_in, key):  # another process may have made it meanwhile
                return found
            for damaged in kept_in.glob(f"{key}-*"):
                print(f"{shown(damaged)} is damaged; its pictures are decoded anew", flush=True)
                damaged.unlink()
            made = staging / key
            _write(made, listing, invert, usable_cores() if workers is None else workers)
            path = kept_in / f"{key}-{_checksum(made)}{SUFFIX}"
            os.replace(made, path)
            return path
    except OSError as error:
        raise UserError(
            f"paths.data_dir: decoded pictures cannot be kept in {shown(kept_in)} ({error.strerror or error}); name "
            "another folder"
        ) from None


def content_checksum(path: Path) -> str:
    """Return the checksum of a file that `decode_once` gave, in hexadecimal digits."""
    return path.name.removesuffix(SUFFIX).rpartition("-")[2]


def _find(kept_in: Path, key: str) -> Path | None:
    """Return the file of a key if it is there and as it was made."""
    for path in kept_in.glob(f"{key}-*{SUFFIX}"):
        status = path.stat()
        if content_checksum(path) == _known_checksum(path, status.st_ino, status.st_size, status.st_ctime_ns):
            return path
    return None


@lru_cache(maxsize=64)
def _known_checksum(path: Path, *version: int) -> str:
    """Return the checksum, computed once per process for as long as the file is the same one."""
    return _checksum(path)


def _checksum(path: Path) -> str:
    value = 0
    try:
        with open_regular(path) as file:
            while block := file.read(READ_BYTES):
                value = zlib.crc32(block, value)
    except OSError:
        return ""
    return f"{value:08x}"


def _key(listing: Listing, invert: Invert) -> str:
    """Return what the decoded pictures depend on, as a name: each file, as it is now, and how it is read.

    A file is another one if its number, its size or the time of its last change is. That time cannot be set: of two
    files that were exchanged for each other, with equal sizes and times of writing, it tells.

    Raises:
        UserError: If a picture has gone since it was listed.
    """
    known = hashlib.sha256(VERSION + str(invert).encode())
    for name in listing.paths:
        try:
            status = os.stat(listing.root / name)
        except OSError as error:
            raise _unreadable(listing, name, error) from None
        version = f"{status.st_ino}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}"
        known.update(f"\0{name}\0{version}".encode("utf-8", "surrogateescape"))
    return known.hexdigest()[:24]


def _write(path: Path, listing: Listing, invert: Invert, workers: int) -> None:
    count, started = len(listing.paths), time.monotonic()
    print(f"Decodes {count:,} pictures of {shown(listing.root)}, once ...", flush=True)
    news, done = started, 0
    with path.open("wb") as file:
        file.write(bytes([0, 0, 8, 3]) + b"".join(size.to_bytes(4) for size in (count, SIDE, SIDE)))
        for images in _decode(listing, invert, workers):
            file.write(images.tobytes())
            done += len(images)
            if time.monotonic() - news > NEWS_SECONDS:
                news = time.monotonic()
                print(f"  {done:,} of {count:,}, {done / (news - started):,.0f} a second", flush=True)
        file.flush()
        os.fsync(file.fileno())


def _decode(listing: Listing, invert: Invert, workers: int) -> Iterator[np.ndarray]:
    """Yield uint8 `(n, 28, 28)`, in the order of the listing; Pillow lets threads run while it decodes and scales."""

    def read(start: int) -> np.ndarray:
        return np.stack([_read(listing, name, invert) for name in listing.paths[start : start + CHUNK]])

    starts = range(0, len(listing.paths), CHUNK)
    if workers == 0:
        yield from map(read, starts)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(read, starts)
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or a signal the rest is not wanted


def _read(listing: Listing, name: str, invert: Invert) -> np.ndarray:
    try:
        return read_picture(listing.root / name, invert)
    except Exception as error:  # what bytes that are no picture make of Pillow cannot be foreseen
        raise _unreadable(listing, name, error) from None


def _unreadable(listing: Listing, name: str, error: Exception) -> UserError:
    path = listing.root / name
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = reason.splitlines() or [type(error).__name__]
    return UserError(f"data.folder: {shown(path)} cannot be read as a picture ({lines[0]}); repair or remove it")

"""Pictures decoded once and kept: an IDX file that is read like any other, by this run and the next.

To decode a photograph takes milliseconds, to read the 28x28 bytes that remain of it takes one thousandth of that. So
pictures are not decoded again in every epoch, nor do they fill the memory: they go through the threads once, into a
file that is known by what it was made of. A picture that is added, removed or changed makes another file.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from digitlab.data.formats.picture import SIDE, Invert, read_picture
from digitlab.data.sources.class_folders import Listing
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.locks import locked_staging

VERSION = b"1"  # of what `read_picture` makes of a picture
CHUNK = 128  # pictures that a thread takes at a time
NEWS_SECONDS = 10.0


def decode_once(listing: Listing, invert: Invert, workers: int | None, kept_in: Path) -> Path:
    """Return the IDX file with all pictures of a listing, in its order, made if it is not there.

    Args:
        listing: The pictures.
        invert: As for `read_picture`.
        workers: Threads that decode; 0 for none beside this one, `None` for one per core. The file is the same.
        kept_in: Folder for such files. Several processes may want the same: one makes it, the others wait.

    Raises:
        UserError: If a picture cannot be read, or the file cannot be written.
    """
    path = kept_in / f"{_fingerprint(listing, invert)}-idx3-ubyte"
    if path.is_file():
        return path
    try:
        with locked_staging(kept_in) as staging:
            if not path.is_file():  # another process may have made it meanwhile
                _write(staging / path.name, listing, invert, _cores() if workers is None else workers)
                os.replace(staging / path.name, path)
    except OSError as error:
        raise UserError(
            f"paths.data_dir: decoded pictures cannot be kept in {shown(kept_in)} ({error.strerror or error}); name "
            "another folder"
        ) from None
    return path


def _cores() -> int:
    """Return how many this process may use; some systems only know how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fingerprint(listing: Listing, invert: Invert) -> str:
    """Return what the decoded pictures depend on, as a name: each file's place, size and time, and how it is read."""
    known = hashlib.sha256(VERSION + str(invert).encode())
    for name in listing.paths:
        status = os.stat(listing.root / name)
        known.update(f"\0{name}\0{status.st_size}\0{status.st_mtime_ns}".encode("utf-8", "surrogateescape"))
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
        reason = str(error).replace(f"{str(listing.root / name)!r}", "the file").splitlines()
        raise UserError(
            f"data.folder: {shown(listing.root / name)} cannot be read as a picture "
            f"({reason[0] if reason else type(error).__name__}); mend or remove it"
        ) from None

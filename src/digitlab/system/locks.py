"""One process at a time works on a folder, and what it makes is nobody's to see until it is whole."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from digitlab.paths import shown

LOCK = ".lock"
STAGING = ".part"


@contextlib.contextmanager
def locked_staging(folder: Path) -> Iterator[Path]:
    """Hold the lock of `folder`, and give an empty folder in it for work in progress.

    Both lie in the folder itself and not above it: there a finished file can be moved into place by `os.replace`
    whatever is mounted or linked where, and two paths that lead to one folder find the same lock. The operating
    system releases the lock of a process that dies, and what such a process left is cleared away.

    Raises:
        OSError: If nothing can be written there.
    """
    from filelock import FileLock, Timeout  # paid only when there is something to mend

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, mode=0o666)  # others who share the folder must be able to lock it too
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"Waiting for another process that works on {shown(folder)} ...", flush=True)
        lock.acquire()
    staging = folder / STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        lock.release()

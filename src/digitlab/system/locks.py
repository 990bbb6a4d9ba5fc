"""One process at a time works on a folder, and no file that it makes is visible until it is whole."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.atomic_files import check_no_links

LOCK = ".lock"
STAGING = ".part"
MODE = 0o666  # others who share a folder must be able to lock it too


@contextlib.contextmanager
def lock_directory(key: str, directory: Path) -> Iterator[None]:
    """Hold the lock of a run or a sweep; the system releases it when the last process that works there is gone.

    Nothing is written into the lock file, and it stays: whoever removed it would lock another file than the next.
    Before, links that lead out of the directory are refused, so that nothing that is written there lands elsewhere.
    Only under the lock leftovers of a run may be removed.

    Args:
        key: What is typed in front of the directory, for a refusal: "resume" or "sweep".
        directory: That exists.

    Raises:
        UserError: If another process holds it, or a link leads out of the directory.
        OSError: If nothing can be written there.
    """
    from filelock import FileLock, Timeout  # a tenth of a second

    named = f"{key}={shown(directory)}"
    check_no_links(directory, named)
    try:
        lock = FileLock(directory / LOCK, mode=MODE).acquire(blocking=False)
    except Timeout:
        raise UserError(f"{named} is being worked on by another process; wait for its end, or stop it") from None
    with lock:
        yield


@contextlib.contextmanager
def locked_staging(folder: Path) -> Iterator[Path]:
    """Hold the lock of `folder`, and give an empty folder in it for work in progress.

    Both lie in the folder itself and not above it: there a finished file can be moved into place by `os.replace`
    whatever is mounted or linked where, and two paths that lead to one folder find the same lock. The operating
    system releases the lock of a process that dies, and what such a process left is cleared away.

    Raises:
        OSError: If nothing can be written there.
    """
    staging = folder / STAGING
    with locked_file(folder / LOCK, f"works on {shown(folder)}"):
        try:
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def locked_file(path: Path, purpose: str) -> Iterator[None]:
    """Hold the lock that is the file `path`, which stays; another process that wants it waits.

    Args:
        path: In a folder that is made if it is missing.
        purpose: What the holder does, for the line that says why one waits.

    Raises:
        OSError: If nothing can be written there.
    """
    from filelock import FileLock, Timeout  # paid only when there is something to do

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, mode=MODE)
    try:
        held = lock.acquire(blocking=False)
    except Timeout:
        print(f"Waiting for another process that {purpose} ...", flush=True)
        held = lock.acquire()
    with held:
        yield

"""Let torchvision fetch a data set from its mirrors; it knows where they are and the md5 sums of the archives."""

import contextlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from digitlab.data.catalogue import Source

# URLError and time-outs are OSErrors; the rest is what an archive causes that is not what it should be.
TROUBLE = (OSError, EOFError, HTTPException, RuntimeError, ValueError, AssertionError)


def fetch(source: Source, folder: Path, staging: Path, timeout_seconds: float) -> str:
    """Fetch a data set into `staging`, in torchvision's layout.

    Args:
        source: The data set.
        folder: Where it belongs; an archive that lies there is kept if its md5 is right.
        staging: An empty folder: torchvision writes in place, and takes any file of the right name for whole.
        timeout_seconds: Longest silence of a server before the next mirror is tried.

    Returns:
        What went wrong, or nothing. What is left in `staging` came out of archives with the right md5 in any case.
    """
    from torchvision import datasets  # a second, paid only when something is missing

    arrived = staging / source.folder
    arrived.mkdir(parents=True, exist_ok=True)
    for name in _archives(source):
        with contextlib.suppress(OSError):  # one that is not there, or not readable, is fetched
            shutil.copyfile(folder / name, arrived / name)
    try:
        with _socket_timeout(timeout_seconds), _bars_only_on_a_terminal():
            for options in source.torchvision_options.values() or [{}]:
                getattr(datasets, source.title)(root=staging, download=True, **options)
        return ""
    except TROUBLE as error:
        _keep_pairs(arrived)
        return _last_cause(error)


def keep_archives(source: Source, arrived: Path, folder: Path) -> None:
    """Move what a download brought besides the files asked for into place: archives, the other parts of EMNIST."""
    for path in filter(Path.is_file, arrived.iterdir()):
        if path.name in _archives(source) or not (folder / path.name).exists():
            os.replace(path, folder / path.name)


def _archives(source: Source) -> list[str]:
    packed = [f"{name}.gz" for names in source.files.values() for name in names if not name.endswith(".bz2")]
    return [source.archive] if source.archive else packed


def _keep_pairs(arrived: Path) -> None:
    """Remove all files but those with their `.gz`: torchvision extracts an archive once its md5 is right."""
    names = {path.name for path in arrived.iterdir()}
    for path in filter(Path.is_file, list(arrived.iterdir())):
        if not {path.name.removesuffix(".gz"), f"{path.name.removesuffix('.gz')}.gz"} <= names:
            path.unlink()


def _last_cause(error: BaseException) -> str:
    """Return the last line of torchvision's report, which names the last mirror's trouble."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else type(error).__name__


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Give torchvision's downloads, which have no time-out of their own, the default one of the process."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _bars_only_on_a_terminal() -> Iterator[None]:
    """Keep torchvision's progress bars out of files and pipes."""
    if sys.stderr.isatty():
        yield
    else:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            yield

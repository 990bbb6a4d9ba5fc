"""Fetch the files of a data set through torchvision, or say what to do without a network."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from digitlab.data.catalog import BUNDLED, SOURCES, Source
from digitlab.errors import UserError
from digitlab.paths import shown


def ensure_files(dataset: str, data_dir: str | Path, *, download: bool, timeout_seconds: float) -> None:
    """Return when every file of the data set is in `data_dir`, downloading what is missing.

    Args:
        dataset: A name in `catalog.NAMES`; the bundled digits need no files.
        data_dir: Folder in torchvision's layout, made if need be.
        download: Whether missing files may be fetched.
        timeout_seconds: Longest silence of a server before the next mirror is tried.

    Raises:
        UserError: If files are missing in the end. There is never a silent substitute.
    """
    if dataset == BUNDLED:
        return
    source = SOURCES[dataset]
    if not source.missing(data_dir):
        return
    reason = "data.download=false, so nothing was fetched"
    if download:
        print(f"Downloading {source.title} ({source.download_mb:g} MB) to {shown(data_dir)} ...", flush=True)
        try:
            with _socket_timeout(timeout_seconds), _bars_only_on_a_terminal():
                _download(source, Path(data_dir))
            reason = "the download ended without them"
        except (OSError, RuntimeError) as error:  # URLError and time-outs are OSErrors
            reason = f"the download failed: {_last_cause(error)}"
    missing = source.missing(data_dir)
    if missing:
        raise UserError(_instructions(dataset, missing, data_dir, reason))


def _download(source: Source, data_dir: Path) -> None:
    from torchvision import datasets  # a second, paid only when something is missing

    for options in source.torchvision_options.values() or [{}]:
        getattr(datasets, source.title)(root=data_dir, download=True, **options)


def _instructions(dataset: str, missing: list[Path], data_dir: str | Path, reason: str) -> str:
    source = SOURCES[dataset]
    names = ", ".join(path.name for path in missing)
    folder = shown(Path(data_dir) / source.folder)
    return (
        f"data={dataset}: {len(missing)} files are missing and {reason}.\n"
        f"Put {names} (uncompressed, if they end in -ubyte or -int) into {folder}, or name a folder that has "
        f"{source.folder or 'them'} in it with paths.data_dir=...\n"
        f"data={BUNDLED} works now: 1,797 real digits that are already on this machine."
    )


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

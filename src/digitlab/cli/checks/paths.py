"""The places that a command reads from and writes to: folders, on this machine, that can be written to."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.errors import UserError
from digitlab.paths import shown

TRACES = ("sweep.json", "result.json", "config.yaml", "checkpoints", "metrics.csv", "tensorboard")  # of what was there
ROOM = 200  # bytes that the names of files in a run directory may add to its path


def check_paths(paths: Mapping[str, Any]) -> None:
    """Refuse places that are not meant as they are written.

    Args:
        paths: The section, resolved.

    Raises:
        UserError: With the key.
    """
    for name, value in paths.items():
        key = f"paths.{name}"
        if "://" in value:
            raise UserError(f"{key} must be a folder on this machine, got {value}")
        if value.startswith("~"):  # shells leave it alone there, and a folder of that name would be made
            raise UserError(f"{key} must not begin with ~, got {value}; type $HOME{value[1:]}, which the shell knows")


def check_unused(key: str, directory: Path) -> None:
    """Refuse a directory that holds a run or a sweep: its files would be taken for those of the new one.

    Args:
        key: What to change in the configuration.
        directory: Of the run or sweep that is to be started.

    Raises:
        UserError: With how to continue what is there.
    """
    found = [name for name in TRACES if os.path.lexists(directory / name)]
    if found:
        kind = "sweep" if found[0] == "sweep.json" else "resume"
        what = "a sweep" if kind == "sweep" else "a run"
        raise UserError(
            f"{key}={shown(directory)} holds {what} already ({found[0]}); {kind}={shown(directory)} continues it, "
            "another directory begins a new one"
        )


def _limit(folder: Path, name: str, usual: int) -> int:
    """Return how long a name or a path may be there; what is usual where the system does not tell, as Windows."""
    return os.pathconf(folder, name) if hasattr(os, "pathconf") else usual


def check_writable(key: str, directory: Path) -> None:
    """Refuse a place that is no folder or cannot be written to.

    Args:
        key: What to change in the configuration.
        directory: To be made; what is there of it must be a folder in which another can be made. That is tried, since
            permissions, quotas, read-only disks and folders that only look like some cannot all be asked for.

    Raises:
        UserError: With the part of the path that is in the way.
    """
    try:
        existing = next(folder for folder in (directory, *directory.absolute().parents) if os.path.lexists(folder))
        if not existing.is_dir():
            raise UserError(f"{key}: {shown(existing)} is a file, and a folder is needed; choose another place")
        for part in directory.absolute().relative_to(existing.absolute()).parts:
            if len(os.fsencode(part)) > _limit(existing, "PC_NAME_MAX", 255):
                raise UserError(f"{key}: {part[:20]}... is too long for the name of a folder; choose a shorter one")
        if len(os.fsencode(directory.absolute())) + ROOM > _limit(existing, "PC_PATH_MAX", 4096):
            raise UserError(f"{key}: {str(directory)[:40]}... is too long for a path; choose a shorter one")
        os.rmdir(tempfile.mkdtemp(prefix=".", dir=existing))
    except OSError as error:
        place = shown(error.filename or directory)
        raise UserError(
            f"{key}: {place[:200]} cannot be written to ({error.strerror}); choose another folder"
        ) from None

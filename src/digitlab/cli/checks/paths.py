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
    """Refuse places of the section `paths` that are not meant as they are written.

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

    Raises:
        UserError: With `key`, the setting to change, and how to continue what is there.
    """
    found = [name for name in TRACES if os.path.lexists(directory / name)]
    if found:
        what, kind = ("a sweep", "sweep") if found[0] == "sweep.json" else ("a run", "resume")
        raise UserError(
            f"{key}={shown(directory)} holds {what} already ({found[0]}); {kind}={shown(directory)} continues it, "
            "another directory begins a new one"
        )


def check_writable(key: str, directory: Path) -> None:
    """Refuse a place that is no folder or cannot be written to.

    Args:
        key: What to change in the configuration.
        directory: To be made, with files in it. It is made on trial in the folder that is there already, since
            permissions, quotas, read-only disks, names and paths that are too long, and folders that only look like
            some cannot all be asked for.

    Raises:
        UserError: With the place, and why.
    """
    try:
        existing = next(folder for folder in (directory, *directory.absolute().parents) if os.path.lexists(folder))
        if not existing.is_dir():
            raise UserError(f"{key}: {shown(existing)} is a file, and a folder is needed; choose another place")
        with tempfile.TemporaryDirectory(prefix=".", dir=existing) as trial:
            os.makedirs(Path(trial, directory.absolute().relative_to(existing.absolute()), "x" * ROOM))
    except OSError as error:
        raise UserError(
            f"{key}: {shown(directory)[:200]} cannot be written to ({error.strerror}); choose another folder"
        ) from None

"""Run directories: how they are named, and how they are found again.

Imports nothing heavy, since a missing run must be refused before torch is loaded.
"""

import json
import secrets
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from digitlab.errors import UserError
from digitlab.paths import shown

RESULT, CONFIG, ENVIRONMENT = "result.json", "config.yaml", "environment.json"
CHECKPOINTS = ("checkpoints/best.ckpt", "checkpoints/last.ckpt")  # in the order of preference


@cache
def stamp() -> str:
    """Return the name of this process's run directory: start time, and a suffix that no other start shares."""
    return f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{secrets.token_hex(3)}"


def read_result(directory: Path) -> dict[str, Any] | None:
    """Return the result of a run, or `None` if it left none."""
    try:
        content = json.loads((directory / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def find_checkpoint(reference: str, output_root: str | Path) -> Path:
    """Return the checkpoint file that a person means.

    Args:
        reference: A checkpoint file; or a run directory, whose best checkpoint is taken, or else its last; or
            "latest", the newest training run that has a checkpoint, in a sweep or not.
        output_root: The folder with all runs.

    Raises:
        UserError: If there is none.
    """
    if "://" in reference:
        raise UserError(f"checkpoint={reference}: only files on this machine are read; download it first")
    path = Path(reference).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        for checkpoint in _checkpoints_in(path):
            return checkpoint
        raise UserError(f"checkpoint={reference} is a folder without {' or '.join(CHECKPOINTS)}")
    if reference != "latest":
        raise UserError(f"checkpoint={reference} does not exist; give a checkpoint file, a run directory, or latest")
    train = Path(output_root) / "train"
    runs = [run for pattern in ("*", "sweeps/*/*") for run in train.glob(pattern)]
    newest = max((file for run in runs for file in _checkpoints_in(run)), key=_order, default=None)
    if newest is None:
        raise UserError(f"checkpoint=latest: no run below {shown(train)} has a checkpoint; train one first")
    return next(_checkpoints_in(newest.parent.parent))


def _order(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, str(path)


def _checkpoints_in(run: Path) -> Iterator[Path]:
    return (run / name for name in CHECKPOINTS if (run / name).is_file())

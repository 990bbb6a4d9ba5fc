"""Run directories: how they are named, and how they are found.

Imports nothing heavy, since a missing run must be refused before torch is loaded.
"""

import json
import re
import secrets
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from digitlab.checkpoints.format import previous
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.checksums import checksum_fails, without_checksum
from digitlab.system.ranks import shared_stamp
from digitlab.system.regular_files import read_regular

RESULT, CONFIG, ENVIRONMENT = "result.json", "config.yaml", "environment.json"
BEST, LAST = "checkpoints/best.ckpt", "checkpoints/last.ckpt"
OK, FAILED, DIVERGED, INTERRUPTED = STATUSES = ("ok", "failed", "diverged", "interrupted")  # of a run that has ended
LARGEST_RESULT = 2**20  # bytes; ours have a thousand
LONGEST_LABEL = 60  # characters
SWEEPS = "sweeps"  # below a command's folder, with a folder for each sweep


@cache
def stamp() -> str:
    """Return the name of this process's run directory: start time, and a suffix that no other start shares.

    Processes that `torchrun` or `srun` has started together get one name.
    """
    return shared_stamp() or f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{secrets.token_hex(3)}"


def run_name(*groups: str, _root_: Any) -> str:
    """Return the name of a run directory: its start, what it is called, and a suffix that no other start shares.

    Args:
        groups: Whose chosen options it is called by, as in "cnn-mnist", unless the setting `name` is given.
        _root_: The composed configuration, with Hydra's own section; OmegaConf fills it in.
    """
    start, _, suffix = stamp().rpartition("-")
    name = OmegaConf.select(_root_, "name")
    examined = OmegaConf.select(_root_, "run")  # of diagnose.py, beside which the groups have no say
    if name is None and examined is not None:
        name = f"of-{Path(str(examined)).name}"
    words = [str(name)] if name is not None else [_option(_root_, group) for group in groups]
    label = "-".join(re.sub(r"[^A-Za-z0-9_]+", "-", word).strip("-") for word in words if word)
    return "-".join(part for part in (start, label[:LONGEST_LABEL], suffix) if part)


def _option(config: Any, group: str) -> str:
    """Return the chosen option of a group, or what its `_target_` names if that was typed instead."""
    target = f"{group}._target_="
    typed = [text for text in config.hydra.overrides.task if text.lstrip("+").startswith(target)]
    if typed:
        return typed[-1].rpartition("=")[2].rpartition(".")[2]
    return config.hydra.runtime.choices.get(group) or ""


def read_result(directory: Path) -> dict[str, Any] | None:
    """Return the result of a run, or `None` if it left none, or one that was damaged since, which is said."""
    path = directory / RESULT
    try:
        content: dict[str, Any] = json.loads(read_regular(path, LARGEST_RESULT))
        known = content["status"] in STATUSES and isinstance(content.get("error"), str | None)
        if known and not checksum_fails(content):
            return without_checksum(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # said below
    print(f"{shown(path)} is damaged and not believed", flush=True)
    return None


def expanded(key: str, reference: str) -> Path:
    """Return the path that a person means, perhaps with ~ for a home.

    Raises:
        UserError: If there is no such home, or nothing is said.
    """
    if not reference:
        raise UserError(f"{key}= names no place; type a path, or latest")
    try:
        return Path(reference).expanduser()
    except RuntimeError:
        raise UserError(f"{key}={reference}: there is no such home folder; give the whole path") from None


def find_checkpoints(
    key: str, reference: str, output_root: str | Path, names: Sequence[str] = (BEST, LAST)
) -> list[Path]:
    """Return the checkpoint files that a person means: the first that is sound is to be taken.

    Args:
        key: What was typed in front of the reference, for the message.
        reference: A checkpoint file; or a run directory; or "latest", the newest training run that has a checkpoint, in
            a sweep or not.
        output_root: The folder with all runs.
        names: Which files of a run directory are meant, in this order, each followed by the one before it.

    Raises:
        UserError: If there is none.
    """
    if "://" in reference:
        raise UserError(f"{key}={reference}: only files on this machine are read; download it first")
    path = expanded(key, reference)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = _checkpoints_in(path, names)
        if not found:
            raise UserError(f"{key}={reference} is a folder without {' or '.join(names)}")
        return found
    if path.exists():
        raise UserError(f"{key}={reference} is neither a file nor a folder; give a checkpoint file or a run directory")
    if reference != "latest":
        raise UserError(f"{key}={reference} does not exist; give a checkpoint file, a run directory, or latest")
    train = Path(output_root) / "train"
    runs = [run for pattern in ("*", f"{SWEEPS}/*/*") for run in train.glob(pattern)]
    files = [file for run in runs for file in _checkpoints_in(run, names)]
    newest = max(files, key=lambda file: (file.stat().st_mtime_ns, str(file)), default=None)
    if newest is None:
        raise UserError(f"{key}=latest: no run below {shown(train)} has a checkpoint; train one first")
    return _checkpoints_in(newest.parent.parent, names)


def _checkpoints_in(run: Path, names: Sequence[str]) -> list[Path]:
    files = [file for name in names for file in (run / name, previous(run / name))]
    return [file for file in files if file.is_file()]

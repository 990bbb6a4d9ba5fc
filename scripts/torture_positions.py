"""The part of torture.py that needs torch: comparing states, and cutting runs within one process, which is cheap."""

import contextlib
import io
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

import digitlab.entry.launch  # noqa: F401 - registers the resolvers that the configuration uses
from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.paths import CONF_DIR
from digitlab.runs.checkpoint import read_checkpoint
from digitlab.tasks import train

COMPARED = ("state_dict", "optimizer_states", "lr_schedulers", "global_step", "metrics")


def cut_everywhere(settings: Sequence[str], root: Path, rounds: int, rng: random.Random) -> list[tuple[str, Any, Any]]:
    """Return for `rounds` checkpoints of a run: which one, and the ends of the resumed and of the undisturbed run.

    Args:
        settings: Of the run.
        root: Folder to work in.
        rounds: How many of the checkpoints, drawn at random; all of them if there are fewer.
        rng: Draws them.
    """
    copies: list[Path] = []
    save = LastCheckpoint._save

    def save_and_copy(self: LastCheckpoint, trainer: Any) -> None:
        save(self, trainer)
        copies.append(Path(shutil.copy(self.path, self.path.with_suffix(f".{len(copies)}"))))

    LastCheckpoint._save = save_and_copy  # type: ignore[method-assign]
    try:
        expected = _run(settings, root / "whole")
    finally:
        LastCheckpoint._save = save  # type: ignore[method-assign]
    ends = []
    for position in rng.sample(copies, min(rounds, len(copies))):
        place = root / position.suffix[1:]
        (place / "checkpoints").mkdir(parents=True)
        shutil.copy(position, place / "checkpoints" / "last.ckpt")
        ends.append(
            (f"checkpoint {position.suffix[1:]} of {len(copies)}", _run(settings, place, resume=True), expected)
        )
        shutil.rmtree(place)
    return ends


def equal(one: Any, other: Any) -> bool:
    """Return whether two nested states are the same to the bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def _run(settings: Sequence[str], place: Path, resume: bool = False) -> dict[str, Any]:
    place.mkdir(parents=True, exist_ok=True)
    cfg = _composed([*settings, f"paths.output_dir={place}", f"paths.output_root={place.parent}", "test=false"])
    if resume:
        cfg.resume = str(place)
    with contextlib.redirect_stdout(io.StringIO()):
        train.run(cfg)
    content = read_checkpoint(place / "checkpoints" / "last.ckpt")
    return {name: content[name] for name in COMPARED}


def _composed(overrides: list[str]) -> DictConfig:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF_DIR), version_base="1.3"):
        return compose("train", overrides=overrides)

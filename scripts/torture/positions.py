"""Resume every kind of run from its checkpoints, within this process, where starting costs nothing."""

import contextlib
import io
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

import digitlab.cli.app  # noqa: F401 - registers the resolvers that the configuration uses
from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.data.sources.digits import read_digits
from digitlab.paths import CONF_DIR
from support.running import run_training
from support.states import equal, state_of
from torture.counts import Count
from torture.runs import SETTINGS

KINDS = {
    "plain": ("scheduler=none",),
    "plateau": ("scheduler=plateau", "scheduler.patience=0", "optimizer.lr=0.1"),
    "one-cycle": ("scheduler=onecycle",),
    "early stopping": ("callbacks.early_stopping.patience=4", "callbacks.early_stopping.min_delta=100"),
    "accumulation": ("trainer.accumulate_grad_batches=3",),
    "averaging": ("averaging=ema",),
    "augmentation": ("augment=elastic",),
    "momentum": ("optimizer=sgd", "optimizer.lr=0.05", "optimizer.momentum=0.9", "optimizer.nesterov=true"),
    "pictures": ("data=image_folder", "data.batch_size=8", "data.workers=0"),
    "pictures by two workers": ("data=image_folder", "data.batch_size=8", "data.workers=2"),
}


def positions(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Resume from `rounds` checkpoints of every kind of run, drawn at random; all of them if there are fewer."""
    counts = []
    write_pictures(root / "taken")
    for kind, options in KINDS.items():
        count = Count(f"positions, {kind}")
        for position, ended, expected in cut_everywhere(_settings(options, root), root / kind, rounds, rng):
            count.add(None if equal(ended, expected) else f"{position} ended in other bits")
        counts.append(count)
    return counts


def _settings(options: Sequence[str], root: Path) -> list[str]:
    """Return all settings of a kind of run; each decodes the pictures anew, with its own number of workers."""
    places = [f"data.folder={root / 'taken'}", f"paths.data_dir={root / options[-1].replace('=', '-')}"]
    return [*SETTINGS, *options, *(places if "data=image_folder" in options else [])]


def write_pictures(root: Path) -> None:
    """Write the bundled digits as pictures of people's own, 30 of each class."""
    from PIL import Image

    images, labels = read_digits("train")
    for label in range(10):
        folder = root / str(label)
        folder.mkdir(parents=True)
        for number, image in enumerate(images[labels == label][:30]):
            Image.fromarray(image).resize((40, 30)).save(folder / f"{number}.png")


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


def _run(settings: Sequence[str], place: Path, resume: bool = False) -> dict[str, Any]:
    place.mkdir(parents=True, exist_ok=True)
    cfg = composed([*settings, f"paths.output_dir={place}", f"paths.output_root={place.parent}", "test=false"])
    if resume:
        cfg.resume = str(place)
    with contextlib.redirect_stdout(io.StringIO()):
        run_training(cfg)
    return state_of(place)


def composed(overrides: list[str], *, with_hydra: bool = False) -> DictConfig:
    """Return the configuration of a training command."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF_DIR), version_base="1.3"):
        return compose("train", overrides=overrides, return_hydra_config=with_hydra)

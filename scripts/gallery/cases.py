"""From a fault, a network and a seed to what the doctor is handed, and to its healthy twin."""

import tempfile
from ast import literal_eval
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import lightning
from lightning import LightningDataModule, LightningModule, Trainer

from digitlab import compose
from gallery.fault import Fault

CONFIG = Path(__file__).with_name("conf")
EPOCHS = 8
FIT = {"max_epochs": EPOCHS, "accelerator": "cpu", "devices": 1}
QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "num_sanity_val_steps": 0,
}
# Pinned is what a probe would choose otherwise, for every run of the benchmark to compute alike.
COMMON = (
    "data=digits", "callbacks=none", "logger=none", "test=false", "verbose=false", "memory_format=contiguous",
    "trainer.precision=32-true", "trainer.accelerator=cpu", f"trainer.max_epochs={EPOCHS}",
)  # fmt: skip
SMALL = {"cnn": ("model.channels=[8,16,32]", "model.dropout=0.25")}  # of our CNN, so that a training takes seconds


@dataclass
class Case:
    """A training, not yet begun.

    Attributes:
        module: What is trained.
        datamodule: What it is trained on.
        trainer_arguments: Of Lightning's Trainer, beside those that keep it quiet.
        settings: What it was composed from; `None` for what somebody wrote by hand.
        overrides: Those that were typed, to paste a remedy behind them.
    """

    module: LightningModule
    datamodule: LightningDataModule
    trainer_arguments: dict[str, Any] = field(default_factory=lambda: dict(FIT))
    settings: dict[str, Any] | None = None
    overrides: tuple[str, ...] = ()

    def trainer(self) -> Trainer:
        """Return a Trainer that says and keeps nothing."""
        return Trainer(**{**self.trainer_arguments, **QUIET})


def build(fault: Fault, net: str, seed: int, *, sick: bool = True, remedy: tuple[str, ...] = ()) -> Case:
    """Return a fault's training, or its healthy twin.

    Args:
        fault: Which.
        net: "mlp" or "cnn".
        seed: Of weights, order and what is drawn.
        sick: Whether with the fault.
        remedy: Overrides to be pasted behind; of a fault that is written by hand, arguments to be given instead.
    """
    if fault.maker is not None:
        lightning.seed_everything(seed, verbose=False)
        given = {key_of(one): literal_eval(one.partition("=")[2]) for one in remedy}
        return fault.maker(net, seed, **({**fault.arguments, **given} if sick else {}))
    typed = (*fault.base, *fault.overrides) if sick else fault.base
    return composed(*(override.format(net=net) for override in paste(typed, remedy)), net=net, seed=seed)


def composed(*overrides: str, net: str = "", seed: int = 1) -> Case:
    """Return what train.py would build of these overrides on the bundled digits."""
    small = SMALL.get(net, ()) if f"model={net}" in overrides else ()
    typed = paste((*COMMON, *small), (*overrides, f"seed={seed}", f"paths.output_root={folder()}"))
    training = compose(*typed, config_dir=str(CONFIG), trust=__package__)
    given = {key: value for key, value in training.settings["trainer"].items() if not key.startswith("_")}
    return Case(training.module, training.datamodule, given, training.settings, typed)


def paste(typed: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Return overrides with others behind them, as a person edits a command line.

    A key that is given anew replaces the old one; a group that is chosen anew takes the old choice's settings away.
    """
    for override in more:
        key = key_of(override)
        typed = (*(old for old in typed if not _replaces(key, key_of(old))), override)
    return typed


def _replaces(key: str, old: str) -> bool:
    return old == key or ("." not in key and old.startswith(f"{key}."))


def key_of(override: str) -> str:
    """Return the key of "+key=value"."""
    return override.lstrip("+~").partition("=")[0]


@cache
def folder() -> Path:
    """Return this process's folder for runs; compose makes none, but wants to know where."""
    return Path(tempfile.mkdtemp(prefix="digitlab-gallery-"))

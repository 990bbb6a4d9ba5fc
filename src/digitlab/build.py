"""From settings, or a checkpoint, to objects: network, data, trainer. Each is built once, checked, and then used."""

import inspect
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from lightning import Callback, LightningDataModule, LightningModule, Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException

from digitlab.callbacks.doctor import Doctor
from digitlab.callbacks.seeded_steps import SeededSteps
from digitlab.checkpoints.building import check_size
from digitlab.checkpoints.format import FINGERPRINT, SECTIONS
from digitlab.checkpoints.reading import read_first_readable, restore_datamodule, restore_module
from digitlab.checkpoints.writing import SafeCheckpointIO
from digitlab.datamodule import ImageDataModule
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.paths import home
from digitlab.performance.fast_loop import FastEpochLoop
from digitlab.runs.directories import find_checkpoints
from digitlab.safe_instantiate import allowed_in, is_ours, locate, targets
from digitlab.schedules import LIGHTNINGS, check_watches, takes_total_steps

REFUSALS = (TypeError, ValueError, ArithmeticError, ImportError, OSError, MisconfigurationException)
MODULE_SECTIONS = ("optimizer", "scheduler", "augment", "loss", "metrics")  # of ours; a LightningModule brings its own


def load_model(reference: str | Path, output_root: str | Path | None = None) -> LightningModule:
    """Return a trained model, in eval mode on the CPU.

    Args:
        reference: A checkpoint file; a run directory; or "latest", the newest run below `output_root`.
        output_root: The folder with all runs; where the commands put them by default.

    Raises:
        UserError: If there is none, it is damaged, or it names classes that are not trusted.
    """
    path, content = read_first_readable(
        find_checkpoints("checkpoint", str(reference), output_root or home() / "outputs")
    )
    return restore_module(content, path)


def check_targets(settings: dict[str, Any]) -> None:
    """Refuse a `_target_` that does not exist, was defined elsewhere than it says, or takes other arguments.

    Raises:
        UserError: By its full key.
    """
    for key, section in targets(settings):
        target = locate(str(section["_target_"]), allowed_in(key), key)
        accepted = inspect.signature(target).parameters
        beside: tuple[str, ...] = ()
        if key == "scheduler" and not takes_total_steps(target):
            beside = LIGHTNINGS
            check_watches(target, section)
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted.values()):
            continue
        for name in section:
            if name not in (*accepted, *beside) and not (name.startswith("_") and name.endswith("_")):
                raise UserError(f"{key}.{name} is not an argument of {section['_target_']}")


def build_datamodule(settings: dict[str, Any]) -> LightningDataModule:
    """Return the data module of `settings["data"]`, ours or anybody's.

    The folder and the seed of its order do not stand in that section, which travels in checkpoints: the first belongs
    to the machine, the second to the run. A class that does not take them goes without.
    """
    data = settings["data"]
    accepted = inspect.signature(locate(data["_target_"], allowed_in("data"), "data")).parameters
    extra = {"data_dir": settings["paths"]["data_dir"], "seed": settings["seed"]}
    extra |= {"kept_in": settings["paths"]["kept_in"]} if settings["paths"].get("kept_in") else {}
    return _made("data", {**{name: value for name, value in extra.items() if name in accepted}, **data})


def _made(key: str, section: dict[str, Any], **extra: Any) -> Any:
    """Return the object of a section; what its constructor says against its arguments is said in a line."""
    try:
        return instantiate(section, **extra, _convert_="all")
    except Exception as error:
        cause = error.__cause__ or error
        if isinstance(cause, UserError):
            raise cause from None
        if isinstance(cause, REFUSALS):
            first = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
            raise UserError(f"{key}: {section['_target_']} refuses its arguments: {first}") from error
        raise


def build_module(settings: dict[str, Any]) -> LightningModule:
    """Return a new module: the network of `settings["model"]` in ours, or the LightningModule that it names."""
    model = settings["model"]
    target = locate(model["_target_"], allowed_in("model"), "model")
    if isinstance(target, type) and issubclass(target, LightningModule):
        return _made("model", model)
    if is_ours("model", model):
        check_size(model)
    if settings["optimizer"] is None:
        raise UserError(
            f"optimizer=null leaves {model['_target_']} nothing to train with; choose one with optimizer=..."
        )
    sections = ("data", *MODULE_SECTIONS, "label_smoothing")
    return DigitModule(model, **{name: settings[name] for name in sections})


def without_unused(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings without those that only our module uses; a LightningModule brings its own, and it is said."""
    name = settings["model"]["_target_"].rpartition(".")[2]
    print(f"{name} is a LightningModule and brings its own {', '.join(MODULE_SECTIONS)}", flush=True)
    return {**settings, **dict.fromkeys(MODULE_SECTIONS), "label_smoothing": 0.0}


def build_trainer(settings: dict[str, Any], notes: dict[str, Any], precision: Any = None) -> Trainer:
    """Return the trainer with its callbacks and loggers; a null callback or logger is left out.

    Args:
        settings: Of the run.
        notes: What its checkpoints say beside what Lightning writes.
        precision: What `trainer.precision` comes to; what the settings say by default.
    """
    callbacks, loggers = (
        [_made(f"{name}.{key}", part) for key, part in settings[name].items() if part is not None]
        for name in ("callbacks", "logger")
    )
    given = settings["trainer"]
    profiler = given.get("profiler")
    trainer: Trainer = _made(
        "trainer",
        {**given, "precision": given["precision"] if precision is None else precision},
        callbacks=[
            SeededSteps(settings["seed"]),
            *([Doctor()] if settings.get("doctor") else []),
            *callbacks,
            *(one for one in loggers if isinstance(one, Callback)),
        ],
        plugins=[SafeCheckpointIO(notes)],
        logger=loggers or False,
        default_root_dir=settings["paths"]["output_dir"],
        profiler=_made("trainer.profiler", profiler) if isinstance(profiler, dict) else profiler,
    )
    if settings.get("fast_loop"):  # an evaluation has no training loop
        FastEpochLoop.install(trainer)
    return trainer


def notes_of(settings: dict[str, Any], module: LightningModule, datamodule: LightningDataModule) -> dict[str, Any]:
    """Return what a checkpoint has to say of a run: what it was trained on, and of what an own module was made."""
    notes: dict[str, Any] = {}
    if not isinstance(module, DigitModule):  # ours carries its sections as hyper-parameters
        notes[SECTIONS] = {key: settings.get(key) for key in ("model", "data")}
    if isinstance(datamodule, ImageDataModule):
        notes[FINGERPRINT] = datamodule.fingerprint()
    return notes


def restore(settings: dict[str, Any]) -> tuple[Path, LightningModule, LightningDataModule]:
    """Return the checkpoint that is meant, its module, and the data that is asked for, or that it was trained on.

    Raises:
        UserError: If it is damaged, foreign or hostile, or its weights do not fit its model.
    """
    paths = settings["paths"]
    path, content = read_first_readable(find_checkpoints("checkpoint", settings["checkpoint"], paths["output_root"]))
    module = restore_module(content, path)
    asked = settings["data"] is not None
    datamodule = build_datamodule(settings) if asked else restore_datamodule(content, paths["data_dir"])
    if isinstance(datamodule, ImageDataModule):
        trained_on = content.get(SECTIONS, content["hyper_parameters"]).get("data") or {}
        datamodule.test_unseen(trained_on, content.get(FINGERPRINT))
    return path, module, datamodule

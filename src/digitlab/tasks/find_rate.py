"""`find_lr=true`: a range test in front of the training sets its learning rate.

The settings are changed before they are recorded: config.yaml then holds the rate that was found and `find_lr: false`,
so a run that is resumed, or a further process of it, does not search anew.
"""

import copy
import inspect
import io
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import LightningDataModule, LightningModule
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from lightning.pytorch.utilities.seed import isolate_rng

from digitlab.data.loader import TrainLoader
from digitlab.datamodule import ImageDataModule
from digitlab.diagnostics.evidence.range_test import range_test
from digitlab.diagnostics.evidence.rate_curve import RangeTest
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.reports.console import console
from digitlab.safe_instantiate import allowed_in, locate
from digitlab.system.atomic_files import write_bytes, write_json
from digitlab.system.ranks import shared_stamp

STEPS = 100  # of the test, as fastai's
PICTURE, RECORD = "lr_finder.png", "lr_finder.json"
RATES = ("lr", "learning_rate")  # what Lightning's own finder looks for in a module
METHOD = "a tenth of the rate with the lowest smoothed loss (Smith 2017; fastai's lr_find)"


def check_findable(settings: dict[str, Any], module: LightningModule) -> None:
    """Refuse a training whose rate could not be set, before anything is made.

    Raises:
        UserError: With what to type instead.
    """
    if shared_stamp() is not None:
        raise UserError(
            "find_lr=true searches in one process, and torchrun or srun has started several; find the rate with "
            "trainer.devices=1, then type it as optimizer.lr=..."
        )
    if isinstance(module, DigitModule):
        target = locate(settings["optimizer"]["_target_"], allowed_in("optimizer"), "optimizer")
        if "lr" not in inspect.signature(target).parameters:
            raise UserError(f"find_lr=true sets optimizer.lr, and {settings['optimizer']['_target_']} has none")
    elif _rate_argument(module) is None:
        raise UserError(
            f"find_lr=true: {type(module).__name__} must take its rate as an argument `lr` or `learning_rate` and keep "
            "it under that name, as Lightning's own finder wants it"
        )


def find_rate(
    settings: dict[str, Any],
    module: LightningModule,
    datamodule: LightningDataModule,
    directory: Path | None = None,
    loggers: Sequence[Logger] = (),
) -> RangeTest:
    """Search for a rate on copies, put it into settings and module, and leave the curve of the search.

    Args:
        settings: Of the run; `find_lr` and the rate in it are changed.
        module: To be trained; only its rate is changed.
        datamodule: Set up for training; read from, and not changed.
        directory: Of the run; `None` in all but the first of several processes.
        loggers: Of the run.
    """
    test = range_test(
        module, first_batches(datamodule, STEPS), settings["trainer"], steps=STEPS, seed=settings["seed"],
        datamodule=datamodule,
    )  # fmt: skip
    settings["find_lr"] = False
    name, before = rate_of(settings, module)
    after = before if test.suggestion is None else float(f"{test.suggestion:.3g}")
    set_rate(settings, module, after)
    if directory is not None:
        if test.suggestion is None:
            console.print(f"find_lr: the loss fell at none of {STEPS} rates; {name} stays {before:g}")
        else:
            console.print(f"find_lr: {name}={after:g}, it was {before:g}: {METHOD}; {_beside(test)}")
        leave_curve(directory, loggers, test, before, after)
    return test


def leave_curve(directory: Path, loggers: Sequence[Logger], test: RangeTest, before: float, after: float) -> None:
    """Leave the curve of a search as numbers and as a picture in the run directory, and in TensorBoard."""
    write_json(directory / RECORD, {"method": METHOD, "before": before, "after": after, **asdict(test)})
    if not test.lr:
        return
    from digitlab.baseline_experiments.plots.style import image_of
    from digitlab.diagnostics.rate_plot import draw_range_test

    picture, content = image_of(draw_range_test(test, before)), io.BytesIO()
    picture.save(content, format="PNG")
    write_bytes(directory / PICTURE, content.getvalue())
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_image("lr_finder", np.asarray(picture), dataformats="HWC")


def first_batches(datamodule: LightningDataModule, count: int) -> list[Any]:
    """Return training batches of the first epoch, at most `count`, without moving anything in `datamodule`."""
    if isinstance(datamodule, ImageDataModule):
        assert datamodule.train_data is not None
        loader = TrainLoader(
            datamodule.train_data, datamodule.batch_size, seed=datamodule.seed, epoch=int, shuffle=datamodule.shuffle
        )
        return list(islice(loader, count))
    with isolate_rng():
        torch.manual_seed(0)
        return list(islice(copy.deepcopy(datamodule).train_dataloader(), count))


def rate_of(settings: dict[str, Any], module: LightningModule) -> tuple[str, float]:
    """Return the name of the setting with the rate, and the rate: the optimizer's own default if none is set."""
    if isinstance(module, DigitModule):
        section = settings["optimizer"]
        target = locate(section["_target_"], allowed_in("optimizer"), "optimizer")
        return "optimizer.lr", float(section.get("lr", inspect.signature(target).parameters["lr"].default))
    name = _rate_argument(module)
    assert name is not None  # `check_findable` has refused others
    return f"model.{name}", float(_kept(module, name))


def set_rate(settings: dict[str, Any], module: LightningModule, rate: float) -> None:
    """Put a rate into settings and module."""
    if isinstance(module, DigitModule):
        settings["optimizer"]["lr"] = module.lr = rate
        return
    name = _rate_argument(module)
    assert name is not None
    settings["model"][name] = rate
    if hasattr(module, name):
        setattr(module, name, rate)
    if name in module.hparams:
        module.hparams[name] = rate


def _rate_argument(module: LightningModule) -> str | None:
    """Return the argument by which a module of somebody's own is told its rate and under which it keeps it."""
    taken = inspect.signature(type(module)).parameters
    return next((name for name in RATES if name in taken and _is_number(_kept(module, name))), None)


def _kept(module: LightningModule, name: str) -> Any:
    return getattr(module, name, module.hparams.get(name))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _beside(test: RangeTest) -> str:
    fails = "training fails at none" if test.diverges_at is None else f"training fails from {test.diverges_at:.2g}"
    return f"the loss falls fastest at {test.steepest:.2g}, and {fails}"

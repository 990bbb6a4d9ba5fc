"""Test a trained model, on the data it was made for or on any other."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning import LightningDataModule, LightningModule, Trainer

from digitlab import build
from digitlab.module import DigitModule
from digitlab.paths import shown
from digitlab.performance.autotune import AUTO, FULL
from digitlab.reports.console import console
from digitlab.reports.evaluation import summarize
from digitlab.reports.quiet import quiet
from digitlab.runs.device import check_device, describe_device, device_reason
from digitlab.runs.environment import describe_environment
from digitlab.runs.record import recorded
from digitlab.tasks.train import measure


@dataclass
class Evaluation:
    """What a test needs, built once.

    Attributes:
        settings: What it was built from.
        path: The checkpoint.
        module: With its weights.
        datamodule: With its test images read.
        trainer: Runs the test.
    """

    settings: dict[str, Any]
    path: Path
    module: LightningModule
    datamodule: LightningDataModule
    trainer: Trainer


@quiet
def prepare(settings: dict[str, Any]) -> Evaluation:
    """Build what `settings` describe and fetch the data.

    Raises:
        UserError: For a checkpoint that is missing, foreign or made for other classes.
    """
    build.check_targets(settings)
    check_device(settings["trainer"])
    path, module, datamodule = build.restore(settings)
    precision = settings["trainer"]["precision"]
    trainer = build.build_trainer(settings, {}, FULL if precision == AUTO else precision)
    datamodule.prepare_data()
    datamodule.setup("test")
    return Evaluation(settings, path, module, datamodule, trainer)


@quiet
def run(evaluation: Evaluation) -> float | None:
    """Measure the checkpoint's weights on the test images and return the accuracy, if it is measured."""
    settings, trainer, module = evaluation.settings, evaluation.trainer, evaluation.module
    device = trainer.strategy.root_device
    why = device_reason(settings["trainer"]["accelerator"], device)
    first = trainer.is_global_zero
    if first:
        console.print(f"Tests {shown(evaluation.path)} on {device} ({why})")
    environment = describe_environment(**describe_device(device, why))
    with recorded(settings, environment, write=first) as result:
        result.update(
            command="eval",
            model=type(module.net if isinstance(module, DigitModule) else module).__name__,
            dataset=getattr(evaluation.datamodule, "dataset", type(evaluation.datamodule).__name__),
            parameters=sum(parameter.numel() for parameter in module.parameters()),
            checkpoint=str(evaluation.path),
        )
        result.update(evaluate(module, evaluation.datamodule, trainer))
    if first:
        summarize(result, Path(settings["paths"]["output_dir"]), verbose=settings["verbose"])
    return result.get("test/acc")


@quiet
def evaluate(module: LightningModule, datamodule: LightningDataModule, trainer: Trainer) -> dict[str, Any]:
    """Measure the weights in `module` on the test images.

    Args:
        module: With its weights; they stay as they are.
        datamodule: Its `setup("test")` is called if need be.
        trainer: Runs the test.

    Returns:
        Every figure that the module logs, by name (`test/acc`), and `test_seconds`.
    """
    started = time.perf_counter()
    figures = measure(trainer, module, datamodule)
    return {**figures, "test_seconds": round(time.perf_counter() - started, 2)}

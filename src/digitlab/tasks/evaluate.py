"""Test a trained model, on the data it was made for or on any other."""

import time
from pathlib import Path
from typing import Any

from lightning import LightningDataModule, LightningModule, Trainer

from digitlab import build
from digitlab.callbacks.refused import check_callbacks
from digitlab.paths import shown
from digitlab.performance.autotune import AUTO, FULL
from digitlab.reports.console import console
from digitlab.reports.evaluation import summarize
from digitlab.reports.quiet import quiet
from digitlab.runs.device import check_device
from digitlab.tasks.train import Prepared, measure


@quiet
def prepare(settings: dict[str, Any]) -> Prepared:
    """Build what `settings` describe and fetch the data.

    Raises:
        UserError: For a checkpoint that is missing, foreign or made for other classes.
    """
    build.check_targets(settings)
    check_device(settings["trainer"])
    path, module, datamodule = build.restore(settings)
    precision = settings["trainer"]["precision"]
    trainer = build.build_trainer(settings, {}, FULL if precision == AUTO else precision)
    check_callbacks(trainer.callbacks, module)  # type: ignore[attr-defined]
    datamodule.prepare_data()
    datamodule.setup("test")
    return Prepared(settings, module, datamodule, trainer, path)


@quiet
def run(evaluation: Prepared) -> float | None:
    """Measure the checkpoint's weights on the test images and return the accuracy, if it is measured."""
    settings, first = evaluation.settings, evaluation.trainer.is_global_zero
    with evaluation.recorded("eval") as (result, where):
        if first:
            console.print(f"Tests {shown(str(evaluation.checkpoint))} on {where}")
        result["checkpoint"] = str(evaluation.checkpoint)
        result.update(evaluate(evaluation.module, evaluation.datamodule, evaluation.trainer))
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

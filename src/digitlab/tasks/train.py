"""Train a model: fit, reload the best weights, test once, leave a complete run directory."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
from lightning import LightningDataModule, LightningModule, Trainer

from digitlab import build
from digitlab.callbacks.ending import ending_reason
from digitlab.callbacks.finetuning import check_same_head, choose_head
from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.callbacks.refused import check_callbacks
from digitlab.checkpoints.format import FINGERPRINT
from digitlab.checkpoints.reading import load_features, load_weights, read_first_readable
from digitlab.checkpoints.restoring import check_restorable
from digitlab.compatibility import check_network, check_test_share
from digitlab.datamodule import ImageDataModule
from digitlab.datamodule.fingerprint import check_same_data
from digitlab.errors import Diverged, UserError
from digitlab.metrics import with_directions
from digitlab.module import DigitModule
from digitlab.paths import shown
from digitlab.performance.allocator import keep_freed_memory
from digitlab.performance.tune import tune
from digitlab.reports.console import console
from digitlab.reports.hyperparameters import log_hyperparameters, log_kept
from digitlab.reports.quiet import quiet
from digitlab.reports.training import introduce, summarize
from digitlab.runs.device import check_device, describe_device
from digitlab.runs.directories import BEST, LAST, find_checkpoints
from digitlab.runs.record import recorded
from digitlab.system.atomic_files import remove_leftovers
from digitlab.system.command_line import typed_arguments
from digitlab.tasks.endings import our_endings
from digitlab.tasks.find_rate import check_findable, find_rate


@dataclass
class Prepared:
    """What a training or a test needs, built once.

    Attributes:
        settings: What it was built from, with what was found out on the way: precision, memory format, directions.
        module: New, or with the weights to start from or to test.
        datamodule: With its training or test images read.
        trainer: With the callbacks and loggers of the run.
        checkpoint: To resume from, or the one to test; `None` to begin.
        reason: Why it trains as it does.
    """

    settings: dict[str, Any]
    module: LightningModule
    datamodule: LightningDataModule
    trainer: Trainer
    checkpoint: Path | None
    reason: str = ""

    @contextlib.contextmanager
    def recorded(self, command: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield the result, which the run directory keeps however the block ends, and the device with its reason."""
        settings, module, data = self.settings, self.module, self.datamodule
        device = describe_device(self.trainer.strategy.root_device, settings["trainer"]["accelerator"])
        with recorded(settings, device, write=self.trainer.is_global_zero) as result:
            result.update(
                command=command,
                model=type(module.net if isinstance(module, DigitModule) else module).__name__,
                dataset=data.dataset if isinstance(data, ImageDataModule) else type(data).__name__,
                parameters=sum(parameter.numel() for parameter in module.parameters()),
            )
            yield result, f"{device['device']} ({device['device_reason']})"


@quiet
def prepare(settings: dict[str, Any]) -> Prepared:
    """Build what `settings` describe, and read the data, so that a run that starts can also end.

    Raises:
        UserError: With what cannot work.
    """
    if settings.get("fast_malloc"):
        keep_freed_memory()
    build.check_targets(settings)
    check_device(settings["trainer"])
    settings = with_directions(settings)
    lightning.seed_everything(settings["seed"], verbose=False)
    module = build.build_module(settings)
    if not isinstance(module, DigitModule):
        settings = build.without_unused(settings)
    datamodule = build.build_datamodule(settings)
    datamodule.prepare_data()
    datamodule.setup("fit")  # damaged files and labels that do not fit are found here
    check_network(module, datamodule, settings)
    check_test_share(datamodule, settings)
    settings, reason = tune(settings, module)
    if settings.get("find_lr"):
        check_findable(settings, module)
    notes = build.notes_of(settings, module, datamodule)
    trainer = build.build_trainer(settings, notes)
    check_callbacks(trainer.callbacks, module)  # type: ignore[attr-defined]
    head = choose_head(trainer, module)
    checkpoint, output_root = None, settings["paths"]["output_root"]
    if settings["resume"] is not None:
        files = find_checkpoints("resume", settings["resume"], output_root, names=(LAST,))
        checkpoint, content = read_first_readable(files)
        check_restorable(content, checkpoint)
        if FINGERPRINT in content and FINGERPRINT in notes:
            check_same_data(content[FINGERPRINT], notes[FINGERPRINT], f"resume={shown(settings['resume'])}")
        check_same_head(content, module, f"resume={shown(settings['resume'])}")
    elif settings["init_from"] is not None:
        path, content = read_first_readable(find_checkpoints("init_from", settings["init_from"], output_root))
        if isinstance(module, DigitModule) and head is not None:
            load_features(module, content, path, head)
        else:
            load_weights(module, content, path)
    return Prepared(settings, module, datamodule, trainer, checkpoint, reason)


def run(training: Prepared) -> float | None:
    """Train in a run directory and return the monitored metric of the kept weights, for sweepers to compare."""
    figure = run_in_directory(training).get(training.settings["monitor"])
    return None if figure is None else float(figure)


@quiet
def run_in_directory(training: Prepared) -> dict[str, Any]:
    """Train, leave a complete run directory, and return what its result.json holds.

    Raises:
        Diverged: If the loss is no longer a finite number.
        Interrupted: If a signal asked to stop, after a save.
    """
    settings, trainer, module = training.settings, training.trainer, training.module
    directory, first = Path(settings["paths"]["output_dir"]), trainer.is_global_zero
    if first:
        directory.mkdir(parents=True, exist_ok=True)  # in a notebook; the commands have made it
        remove_leftovers(directory)
    if settings.get("find_lr") and training.checkpoint is None:
        # First, since config.yaml records what it finds.
        find_rate(settings, module, training.datamodule, directory if first else None, trainer.loggers)
    with training.recorded("train") as (result, where):
        if first:
            introduce(directory, settings, typed_arguments(), where, training.reason)
            log_hyperparameters(trainer.loggers, settings)
        result.update({key: settings[key] for key in ("seed", "monitor", "mode")})
        if settings["compile"]:  # in place: the names in a checkpoint stay as they are
            (module.net if isinstance(module, DigitModule) else module).compile()
        test = settings["test"]
        result.update(train(module, training.datamodule, trainer, checkpoint=training.checkpoint, test=test))
    if first:
        summarize(result, directory, settings)
    return result


@quiet
def train(
    module: LightningModule,
    datamodule: LightningDataModule,
    trainer: Trainer,
    *,
    checkpoint: Path | None = None,
    test: bool = True,
) -> dict[str, Any]:
    """Fit, load the best weights, measure them on the test images; return the figures as plain data.

    Args:
        module: New, or to be given the weights of `checkpoint`; afterwards it has the weights that were kept.
        datamodule: Its `setup` is called as needed.
        trainer: With the callbacks of the run.
        checkpoint: To resume from, or `None` to begin.
        test: Whether to measure the kept weights on the test images, once.

    Returns:
        `epochs`, `steps`, `fit_seconds`, the figures of the kept epoch and of the test images by name.

    Raises:
        Diverged: If the loss is no longer a finite number.
        Interrupted: If a signal asked to stop, after a save.
    """
    result = fit(trainer, module, datamodule, checkpoint)
    kept = keep_best(trainer, module)
    if trainer.is_global_zero:
        log_kept(trainer.loggers, kept, trainer.global_step)
    result.update(kept)
    if test:
        result.update(measure(trainer, module, datamodule))
    return result


def fit(
    trainer: Trainer, module: LightningModule, datamodule: LightningDataModule, checkpoint: Path | None
) -> dict[str, Any]:
    """Train to the end and return how far it went and how long it took; the arguments are those of `train`."""
    if checkpoint is not None and trainer.is_global_zero:
        console.print(f"Resumes from {shown(checkpoint)}")
    started = time.perf_counter()
    try:
        with our_endings(trainer):
            trainer.fit(module, datamodule=datamodule, ckpt_path=checkpoint, weights_only=True)
    except Diverged as error:
        last = Path(trainer.default_root_dir) / LAST
        kept = f"; the last finite weights are in {shown(last)}" if last.is_file() else ""
        raise Diverged(f"{error}{kept}") from None
    return {
        "epochs": trainer.current_epoch,
        "steps": trainer.global_step,
        "ended": ending_reason(trainer),
        "fit_seconds": round(time.perf_counter() - started, 2),
    }


def keep_best(trainer: Trainer, module: LightningModule) -> dict[str, Any]:
    """Load the best weights of the run, or its last ones if nothing was selected, and return whose they are.

    Raises:
        UserError: If there were some, and they are gone.
    """
    directory = Path(trainer.default_root_dir)
    if not any((directory / name).is_file() for name in (BEST, LAST)):
        for one in trainer.checkpoint_callbacks:
            if isinstance(one, LastCheckpoint) and one.saved and not one.path.is_file():
                raise UserError(f"{shown(one.path)} was removed while the training ran; nothing is left of its weights")
        # Without checkpoints the weights stay as they are.
        return dict(module.metrics) if isinstance(module, DigitModule) else {}
    path, content = read_first_readable(find_checkpoints("checkpoint", str(directory), directory))
    module.load_state_dict(content["state_dict"])
    where = os.path.relpath(path, directory)
    return {"best_epoch": content["epoch"] + 1, **content.get("metrics", {}), "checkpoint": where}


def measure(trainer: Trainer, module: LightningModule, datamodule: LightningDataModule) -> dict[str, float]:
    """Measure the weights in `module` on the test images, and return every figure of it by name."""
    with our_endings(trainer):
        measured = trainer.test(module, datamodule=datamodule, verbose=False)
    if not measured:
        raise UserError("there is no batch to test on; see trainer.limit_test_batches and the test part of the data")
    return {name: float(value) for name, value in measured[0].items()}

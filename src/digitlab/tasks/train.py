"""Train a model: fit, reload the best weights, test once, leave a complete run directory."""

import os
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import lightning
from hydra.core.hydra_config import HydraConfig
from lightning import Trainer
from omegaconf import DictConfig

from digitlab import build
from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.checkpoints.reading import read_first_readable
from digitlab.datamodule import ImageDataModule
from digitlab.errors import Diverged
from digitlab.module import DigitModule
from digitlab.paths import shown
from digitlab.reports.console import console
from digitlab.reports.hyperparameters import log_hyperparameters, log_kept
from digitlab.reports.quiet import quiet
from digitlab.reports.training import introduce, summarize
from digitlab.runs.device import describe_device, device_reason
from digitlab.runs.directories import BEST, LAST, find_checkpoints
from digitlab.runs.environment import describe_environment
from digitlab.runs.record import recorded
from digitlab.system.atomic_files import remove_leftovers
from digitlab.system.signals import signals_deferred
from digitlab.tasks.endings import our_endings


@quiet
def check(cfg: DictConfig) -> None:
    """Refuse what needs torch to find out, and fetch the data, so that a run that starts can also end."""
    build.check_targets(cfg)
    build.check_signatures(cfg)
    build.check_accelerator(cfg)
    build.check_network(cfg)
    build.build_trainer(cfg)
    datamodule = build.build_datamodule(cfg)
    datamodule.prepare_data()
    if cfg.resume is not None:
        read_first_readable(_to_resume(cfg))
    datamodule.setup("fit")  # damaged files and labels that do not fit are found here


@quiet
def run(cfg: DictConfig) -> float | None:
    """Train as configured and return the monitored metric of the kept weights, for sweepers to compare."""
    lightning.seed_everything(cfg.seed, verbose=False)
    datamodule, module = build.build_datamodule(cfg), build.build_module(cfg)
    tuning = build.autotune(cfg, module)
    trainer = build.build_trainer(cfg)
    directory, first, settings = Path(cfg.paths.output_dir), trainer.is_global_zero, build.plain(cfg)
    device = trainer.strategy.root_device
    why = device_reason(cfg.trainer.accelerator, device)
    remove_leftovers(directory)
    resumed = None
    if cfg.resume is not None:
        resumed, content = read_first_readable(_to_resume(cfg))
        console.print(f"Goes on from {shown(resumed)}, epoch {content['epoch'] + 1}, step {content['global_step']}")
    with recorded(cfg, describe_environment(**describe_device(device, why)), write=first) as result:
        if first:
            changes = HydraConfig.get().overrides.task if HydraConfig.initialized() else ()
            introduce(directory, settings, changes, f"{device} ({why})", tuning)
            log_hyperparameters(trainer.loggers, settings)
        result.update(
            command="train",
            model=type(module.net).__name__,
            dataset=datamodule.dataset,
            seed=cfg.seed,
            parameters=sum(parameter.numel() for parameter in module.parameters()),
        )
        if cfg.compile:
            module.net.compile()  # in place: the names in a checkpoint stay as they are
        result.update(fit(trainer, module, datamodule, resumed))
        kept = keep_best(trainer, module)
        if first:
            log_kept(trainer.loggers, kept, trainer.global_step)
        result.update(kept)
        if cfg.test:
            result.update(test(trainer, module, datamodule))
    if first:
        summarize(result, directory, settings)
    return result.get(cfg.monitor)


def _to_resume(cfg: DictConfig) -> list[Path]:
    return find_checkpoints("resume", cfg.resume, cfg.paths.output_root, names=(LAST,))


def fit(trainer: Trainer, module: DigitModule, datamodule: ImageDataModule, resumed: Path | None) -> dict[str, Any]:
    """Train to the end and return how far it went and how long it took.

    Args:
        trainer: With the callbacks of the run.
        module: New, or to be given the weights of `resumed`.
        datamodule: Ready to be set up.
        resumed: The checkpoint to go on from, or `None` to begin.

    Raises:
        Diverged: If the loss is no longer a finite number.
        Interrupted: If a signal asked for it, after a save.
    """
    started = time.perf_counter()
    saves = any(isinstance(callback, LastCheckpoint) for callback in trainer.checkpoint_callbacks)
    try:  # a signal waits for a save; where nothing is saved there is nothing to wait for
        with our_endings(trainer), signals_deferred() if saves else nullcontext():
            trainer.fit(module, datamodule=datamodule, ckpt_path=resumed, weights_only=True)
    except Diverged as error:
        last = Path(trainer.default_root_dir) / LAST
        kept = f"; the last finite weights are in {shown(last)}" if last.is_file() else ""
        raise Diverged(f"{error}{kept}") from None
    return {
        "epochs": trainer.current_epoch,
        "steps": trainer.global_step,
        "fit_seconds": round(time.perf_counter() - started, 2),
    }


def keep_best(trainer: Trainer, module: DigitModule) -> dict[str, Any]:
    """Load the best weights of the run, or its last ones if nothing was selected, and return whose they are."""
    directory = Path(trainer.default_root_dir)
    if not any((directory / name).is_file() for name in (BEST, LAST)):
        return module.metrics  # without checkpoints the weights stay as they are
    path, checkpoint = read_first_readable(find_checkpoints("checkpoint", str(directory), directory))
    module.load_state_dict(checkpoint["state_dict"])
    where = os.path.relpath(path, directory)
    return {"best_epoch": checkpoint["epoch"] + 1, **checkpoint["metrics"], "checkpoint": where}


def test(trainer: Trainer, module: DigitModule, datamodule: ImageDataModule) -> dict[str, float]:
    """Measure the weights in `module` on the test images, and return loss and accuracy."""
    with our_endings(trainer):
        (metrics,) = trainer.test(module, datamodule=datamodule, verbose=False)
    return {name: float(value) for name, value in metrics.items() if name.startswith("test/")}

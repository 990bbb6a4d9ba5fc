"""Train a model: fit, reload the best weights, test once, leave a complete run directory."""

import os
import shlex
import time
from pathlib import Path
from typing import Any

import lightning
from lightning import Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig

from digitlab import build
from digitlab.checkpoints.reading import read_first_readable
from digitlab.datamodule import ImageDataModule
from digitlab.errors import Diverged
from digitlab.module import DigitModule
from digitlab.paths import script, shown, typed
from digitlab.performance.autotune import Tuning
from digitlab.reports.console import console, show_facts, show_tree
from digitlab.reports.hyperparameters import announce_hyperparameters
from digitlab.reports.quiet import quiet
from digitlab.runs.device import describe_device, device_reason
from digitlab.runs.directories import BEST, LAST, find_checkpoints
from digitlab.runs.environment import describe_environment
from digitlab.runs.record import recorded
from digitlab.system.atomic_files import remove_leftovers
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
    arithmetic = build.autotune(cfg, module)
    trainer = build.build_trainer(cfg)
    directory, first = Path(cfg.paths.output_dir), trainer.is_global_zero
    device = trainer.strategy.root_device
    why = device_reason(cfg.trainer.accelerator, device)
    remove_leftovers(directory)
    resumed = None
    if cfg.resume is not None:
        resumed, content = read_first_readable(_to_resume(cfg))
        console.print(f"Goes on from {shown(resumed)}, epoch {content['epoch'] + 1}, step {content['global_step']}")
    with recorded(cfg, describe_environment(**describe_device(device, why)), write=first) as result:
        if first:
            _introduce(cfg, directory, f"Runs on {device} ({why}); seed {cfg.seed}", arithmetic)
            _announce(trainer, cfg)
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
        result.update(keep_best(trainer, module))
        if cfg.test:
            result.update(test(trainer, module, datamodule))
    if first:
        _summarize(result, directory, verbose=cfg.verbose)
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
    try:
        with our_endings(trainer):
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


def _introduce(cfg: DictConfig, directory: Path, device: str, arithmetic: Tuning) -> None:
    if cfg.verbose:
        show_tree(f"digitlab train, in {shown(directory)}", build.plain(cfg))
    console.print(device)
    precision, memory_format, reason = arithmetic
    console.print(f"Trains in {precision}, {memory_format} ({reason}); evaluates in 32-true")


def _announce(trainer: Trainer, cfg: DictConfig) -> None:
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            announce_hyperparameters(logger, build.plain(cfg))


def _summarize(result: dict[str, Any], directory: Path, *, verbose: bool) -> None:
    """Print what came of the run, in full or, within a sweep, in a line."""
    splits = {"train": "training", "val": "validation", "test": "test"}
    scores = {
        f"{name} accuracy": f"{result[f'{split}/acc']:.2%} (loss {result[f'{split}/loss']:.4f})"
        for split, name in splits.items()
        if f"{split}/acc" in result
    }
    if not verbose:
        figures = ", ".join(f"{name} {score}" for name, score in scores.items())
        console.print(f"{figures}, {result['fit_seconds']:.1f} s, in {shown(directory)}")
        return
    facts = {"model": f"{result['model']}, {result['parameters']:,} parameters, on {result['dataset']}"}
    if "best_epoch" in result:
        facts["epoch kept"] = f"{result['best_epoch']} of {result['epochs']}"
    facts.update(scores)
    facts["training time"] = f"{result['fit_seconds']:.1f} s"
    facts["everything is in"] = shown(directory)
    commands = []
    if (directory / "tensorboard").is_dir():
        commands.append(("curves", f"{typed('tensorboard')} --logdir {shlex.quote(shown(directory))}"))
    if "checkpoint" in result:
        commands.append(("test again", f"{script('eval')} {shlex.quote(f'checkpoint={shown(directory)}')}"))
    if (directory / "fit-profile.txt").is_file():
        commands.append(("where the time went", f"less {shlex.quote(shown(directory / 'fit-profile.txt'))}"))
    show_facts("Done", facts, commands)

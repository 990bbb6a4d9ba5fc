"""Train a model: fit, reload the best weights, test once, leave a complete run directory."""

import math
import time
from pathlib import Path
from typing import Any

import lightning
from lightning import Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig

from digitlab import build
from digitlab.checkpoint import read_checkpoint
from digitlab.console import console, show_facts, show_tree
from digitlab.datamodule import DigitDataModule
from digitlab.environment import describe_environment, device_reason
from digitlab.errors import Diverged
from digitlab.hyperparameters import announce_hyperparameters
from digitlab.module import DigitModule
from digitlab.paths import script, shown, typed
from digitlab.quiet import quiet
from digitlab.record import recorded
from digitlab.runs import CHECKPOINTS

DESCRIBED = ("seed", "model", "data", "optimizer", "scheduler", "trainer")  # in TensorBoard's table of runs


def check(cfg: DictConfig) -> None:
    """Refuse what needs torch to find out, and fetch the data, so that a run that starts can also end."""
    build.check_signatures(cfg)
    build.check_accelerator(cfg)
    build.check_network(cfg)
    build.build_datamodule(cfg).prepare_data()


@quiet
def run(cfg: DictConfig) -> float | None:
    """Train as configured and return the monitored metric of the kept weights, for sweepers to compare."""
    lightning.seed_everything(cfg.seed, verbose=False)
    datamodule, module = build.build_datamodule(cfg), build.build_module(cfg)
    trainer = build.build_trainer(cfg)
    device = trainer.strategy.root_device
    why = device_reason(cfg.trainer.accelerator, device)
    directory = Path(cfg.paths.output_dir)
    if trainer.is_global_zero:
        if cfg.print_config:
            show_tree(f"digitlab train, in {shown(directory)}", build.plain(cfg))
        console.print(f"Runs on {device} ({why}); seed {cfg.seed}")
        _announce(trainer, cfg)
    environment = describe_environment(device, why)
    with recorded(cfg, environment, write=trainer.is_global_zero) as result:
        result.update(
            command="train",
            model=cfg.model._target_.rpartition(".")[2],
            dataset=cfg.data.dataset,
            seed=cfg.seed,
            parameters=sum(parameter.numel() for parameter in module.parameters()),
        )
        result.update(fit(trainer, module, datamodule))
        result.update(keep_best(module, directory))
        if cfg.test:
            result.update(test(trainer, module, datamodule))
    if trainer.is_global_zero:
        _summarize(result, directory)
    return result.get(cfg.monitor)


def fit(trainer: Trainer, module: DigitModule, datamodule: DigitDataModule) -> dict[str, Any]:
    """Train to the end and return how far it went and how long it took.

    Raises:
        KeyboardInterrupt: If a person stopped it; Lightning itself would exit with the code of a failure.
        Diverged: If the loss is no longer a finite number.
    """
    started = time.perf_counter()
    try:
        trainer.fit(module, datamodule=datamodule)
    except SystemExit:
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    loss = float(trainer.callback_metrics["train/loss"])
    if not math.isfinite(loss):
        raise Diverged(f"the training loss became {loss} in epoch {trainer.current_epoch}; try a lower optimizer.lr")
    return {
        "epochs": trainer.current_epoch,
        "steps": trainer.global_step,
        "fit_seconds": round(time.perf_counter() - started, 2),
    }


def keep_best(module: DigitModule, directory: Path) -> dict[str, Any]:
    """Load the best weights of the run, or its last ones if nothing was validated, and return whose they are."""
    for name in CHECKPOINTS:
        if (directory / name).is_file():
            checkpoint = read_checkpoint(directory / name)
            module.load_state_dict(checkpoint["state_dict"])
            return {"best_epoch": checkpoint["epoch"] + 1, **checkpoint["metrics"], "checkpoint": name}
    return {}  # fast_dev_run, or a run without checkpoint callbacks: the weights stay as they are


def test(trainer: Trainer, module: DigitModule, datamodule: DigitDataModule) -> dict[str, float]:
    """Measure the weights in `module` on the test images, and return loss and accuracy."""
    (metrics,) = trainer.test(module, datamodule=datamodule, verbose=False)
    return {name: float(value) for name, value in metrics.items() if name.startswith("test/")}


def _announce(trainer: Trainer, cfg: DictConfig) -> None:
    settings = {name: build.plain(cfg[name]) for name in DESCRIBED if isinstance(cfg[name], DictConfig)}
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            announce_hyperparameters(logger, {"seed": cfg.seed, **settings})


def _summarize(result: dict[str, Any], directory: Path) -> None:
    facts = {"model": f"{result['model']}, {result['parameters']:,} parameters, on {result['dataset']}"}
    if "best_epoch" in result:
        facts["best epoch"] = f"{result['best_epoch']} of {result['epochs']}"
    for split, name in (("val", "validation"), ("test", "test")):
        if f"{split}/acc" in result:
            accuracy, loss = result[f"{split}/acc"], result[f"{split}/loss"]
            facts[f"{name} accuracy"] = f"{accuracy:.2%}  (loss {loss:.4f})"
    facts["training time"] = f"{result['fit_seconds']:.1f} s"
    facts["everything is in"] = shown(directory)
    commands = [("curves", f"{typed('tensorboard')} --logdir {shown(directory)}")]
    if "checkpoint" in result:
        commands.append(("test again", f"{script('eval')} checkpoint={shown(directory)}"))
    show_facts("Done", facts, commands)

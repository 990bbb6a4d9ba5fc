"""Test a trained model, on the data it was made for or on any other."""

import time
from pathlib import Path

from omegaconf import DictConfig

from digitlab import build
from digitlab.checkpoints.reading import read_first_readable, restore_datamodule, restore_module
from digitlab.datamodule import ImageDataModule
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.paths import shown
from digitlab.reports.console import console
from digitlab.reports.evaluation import summarize
from digitlab.reports.quiet import quiet
from digitlab.runs.device import describe_device, device_reason
from digitlab.runs.directories import find_checkpoints
from digitlab.runs.environment import describe_environment
from digitlab.runs.record import recorded
from digitlab.tasks.endings import our_endings


@quiet
def check(cfg: DictConfig) -> None:
    """Refuse a checkpoint that is missing, foreign or made for other classes, and fetch the data."""
    build.check_accelerator(cfg)
    _, module = _restore(cfg)
    datamodule = _datamodule(cfg, module)
    datamodule.prepare_data()
    datamodule.setup("test")


@quiet
def run(cfg: DictConfig) -> float | None:
    """Measure the checkpoint's weights on the test images and return the accuracy."""
    path, module = _restore(cfg)
    datamodule = _datamodule(cfg, module)
    trainer = build.build_trainer(cfg)
    device = trainer.strategy.root_device
    why = device_reason(cfg.trainer.accelerator, device)
    first = trainer.is_global_zero
    if first:
        console.print(f"Tests {shown(path)} on {device} ({why})")
    with recorded(cfg, describe_environment(**describe_device(device, why)), write=first) as result:
        started = time.perf_counter()
        with our_endings(trainer):
            (metrics,) = trainer.test(module, datamodule=datamodule, verbose=False)
        result.update(
            command="eval",
            model=type(module.net).__name__,
            dataset=datamodule.dataset,
            parameters=sum(parameter.numel() for parameter in module.parameters()),
            **{name: float(value) for name, value in metrics.items()},
            test_seconds=round(time.perf_counter() - started, 2),
            checkpoint=str(path),
        )
    if first:
        summarize(result, Path(cfg.paths.output_dir), verbose=cfg.verbose)
    return result["test/acc"]


def _restore(cfg: DictConfig) -> tuple[Path, DigitModule]:
    path, content = read_first_readable(find_checkpoints("checkpoint", cfg.checkpoint, cfg.paths.output_root))
    return path, restore_module(content, path)


def _datamodule(cfg: DictConfig, module: DigitModule) -> ImageDataModule:
    """Return the data that is asked for, or else the data that the checkpoint was trained on."""
    trained_on = module.hparams["data"]
    if cfg.data is None:
        return restore_datamodule(module, cfg.paths.data_dir)
    if cfg.data.num_classes != trained_on["num_classes"]:
        raise UserError(
            f"checkpoint={cfg.checkpoint} knows {trained_on['num_classes']} classes ({trained_on['dataset']}), and "
            f"data.dataset={cfg.data.dataset} has {cfg.data.num_classes}"
        )
    return build.build_datamodule(cfg)

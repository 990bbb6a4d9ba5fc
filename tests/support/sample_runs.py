"""A run that was cut off, made without training: what damaged and hostile files are made from."""

import sys
from pathlib import Path
from typing import Any

import lightning
import torch
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

import digitlab.cli.app  # noqa: F401  # registers the resolvers that the configuration uses
from digitlab.build import build_module
from digitlab.checkpoints.format import WRITER, writer
from digitlab.metrics import with_directions
from digitlab.paths import config_dir
from digitlab.runs.config_file import write_config
from digitlab.runs.directories import LAST, RESULT
from digitlab.safe_instantiate import OPTIMIZERS, SCHEDULES, safe_instantiate
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import with_checksum
from digitlab.system.quoting import quoted

OVERRIDES = (
    "data=digits", "model=mlp", "model.hidden_sizes=[4]", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "memory_format=contiguous", "logger=csv",
)  # fmt: skip


def make_run(directory: Path, *overrides: str) -> Path:
    """Make the directory of an interrupted run, and return it."""
    typed = [*OVERRIDES, *overrides]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_dir("train")), version_base="1.3"):
        cfg = compose("train", overrides=[*typed, f"paths.output_dir={quoted(directory.absolute())}"])
    (directory / LAST).parent.mkdir(parents=True)
    settings: Any = with_directions(OmegaConf.to_container(cfg, resolve=True))  # type: ignore[arg-type]
    write_config(directory, settings)
    set_overrides(directory, typed)
    write_json(directory / RESULT, with_checksum({"status": "interrupted"}))
    torch.save(contents(build_module(settings)), directory / LAST)
    return directory


def contents(module: Any) -> dict[str, Any]:
    """Return what the checkpoint of a module holds after three steps of its first epoch."""
    optimizer = safe_instantiate(module.hparams["optimizer"], module.net.parameters(), allowed=OPTIMIZERS)
    scheduler = module.hparams["scheduler"]
    schedules = [] if scheduler is None else [safe_instantiate(scheduler, optimizer, 100, allowed=SCHEDULES)]
    return {
        "state_dict": module.state_dict(),
        "hyper_parameters": dict(module.hparams),
        "epoch": 0,
        "global_step": 3,
        "pytorch-lightning_version": lightning.__version__,
        "loops": {"fit_loop": _fit_loop(3)},
        "callbacks": {"BestCheckpoint": {"best": None}},
        "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [schedule["scheduler"].state_dict() for schedule in schedules],
        "DigitDataModule": {"epoch": 0, "batches": 3},
        WRITER: writer(),
    }


def _fit_loop(steps: int) -> dict[str, Any]:
    """Return the progress of training within its first epoch, as Lightning writes it."""

    def progress(count: int, *more: str, **flags: bool) -> dict[str, Any]:
        tracker = dict.fromkeys(("ready", "completed", *more), count)
        return {"total": tracker, "current": dict(tracker), **flags}

    loop = "epoch_loop"
    optimization = {"step": progress(steps), "zero_grad": progress(steps, "started")}
    return {
        "state_dict": {"combined_loader": [{"epoch": 0, "batches": steps}]},
        f"{loop}.state_dict": {"_batches_that_stepped": steps},
        f"{loop}.batch_progress": progress(steps, "started", "processed", is_last_batch=False),
        f"{loop}.scheduler_progress": progress(0),
        f"{loop}.automatic_optimization.state_dict": {},
        f"{loop}.automatic_optimization.optim_progress": {"optimizer": optimization},
        f"{loop}.manual_optimization.state_dict": {},
        f"{loop}.manual_optimization.optim_step_progress": progress(0),
        f"{loop}.val_loop.state_dict": {},
        f"{loop}.val_loop.batch_progress": progress(0, "started", "processed", is_last_batch=False),
        "epoch_progress": {
            "total": {"ready": 1, "completed": 0, "started": 1, "processed": 0},
            "current": {"ready": 1, "completed": 0, "started": 1, "processed": 0},
        },
    }


def load(path: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint, to be changed and saved."""
    content: dict[str, Any] = torch.load(path, weights_only=True)
    return content


def set_overrides(directory: Path, overrides: list[str]) -> None:
    """Write what the run was started with."""
    path = directory / ".hydra" / "overrides.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(overrides), encoding="utf-8")


def command(script: str, *arguments: str) -> list[str]:
    """Return a command of the project."""
    from digitlab.paths import PROJECT_ROOT

    return [sys.executable, str(PROJECT_ROOT / "src" / script), *arguments]

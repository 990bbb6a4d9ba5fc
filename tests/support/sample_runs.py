"""A run that was cut off, made without training: what damaged and hostile files are made from."""

import sys
from pathlib import Path
from typing import Any

import torch
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

import digitlab.cli.app  # noqa: F401  # registers the resolvers that the configuration uses
from digitlab.build import build_module
from digitlab.checkpoints.format import WRITER, writer
from digitlab.paths import config_dir
from digitlab.runs.directories import CONFIG, LAST, RESULT
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import with_checksum

OVERRIDES = (
    "data=digits", "model=mlp", "model.hidden_sizes=[4]", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "memory_format=contiguous", "logger=csv",
)  # fmt: skip


def make_run(directory: Path, *overrides: str) -> Path:
    """Make the directory of an interrupted run, and return it."""
    typed = [*OVERRIDES, *overrides]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_dir("train")), version_base="1.3"):
        cfg = compose("train", overrides=[*typed, "paths.output_dir=not-yet-made"])
    (directory / LAST).parent.mkdir(parents=True)
    OmegaConf.save(cfg, directory / CONFIG, resolve=True)
    set_overrides(directory, typed)
    write_json(directory / RESULT, with_checksum({"status": "interrupted"}))
    torch.save(contents(build_module(cfg)), directory / LAST)
    return directory


def contents(module: Any) -> dict[str, Any]:
    """Return what the checkpoint of a module holds, as far as anybody looks at it before training goes on."""
    return {
        "state_dict": module.state_dict(),
        "hyper_parameters": dict(module.hparams),
        "epoch": 0,
        "global_step": 3,
        WRITER: writer(),
    }


def load(path: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint, to be changed and saved again."""
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

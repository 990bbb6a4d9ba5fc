"""Run a composed configuration in the tests' process, as the commands do: checked, built once, done."""

import json
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from digitlab.cli import prepare as preparing
from digitlab.tasks import evaluate, train


def plain(cfg: DictConfig) -> dict[str, Any]:
    """Return a composed configuration as a task gets it."""
    settings: Any = OmegaConf.to_container(cfg, resolve=True)
    return settings


def run_training(cfg: DictConfig) -> float | None:
    """Train as configured and return the monitored metric."""
    return train.run(train.prepare(plain(cfg)))


def run_evaluation(cfg: DictConfig) -> float | None:
    """Test as configured and return the accuracy."""
    return evaluate.run(evaluate.prepare(plain(cfg)))


def prepare(command: str, cfg: DictConfig) -> Any:
    """Check and build as the command does before it makes anything."""
    return preparing.prepare(command, plain(cfg))


def result_of(cfg: DictConfig) -> dict[str, Any]:
    """Return what the result.json of a run says."""
    result: dict[str, Any] = json.loads((Path(cfg.paths.output_dir) / "result.json").read_text())
    return result

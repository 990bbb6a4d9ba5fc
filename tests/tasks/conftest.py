"""A network that has learnt something, for others to begin with."""

from collections.abc import Callable

import pytest
from omegaconf import DictConfig

from support.running import run_training
from support.transfer import LOW, QUICK

Job = Callable[..., DictConfig]


@pytest.fixture
def source(job: Job) -> Callable[..., str]:
    """Train a network on the digits 0-4, and return its run directory."""

    def make(*overrides: str) -> str:
        cfg = job(*QUICK, LOW, *overrides, run="source")
        run_training(cfg)
        return str(cfg.paths.output_dir)

    return make

"""The callbacks by themselves: what a new best is, also after a resume, and what a step draws."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from digitlab.callbacks.best_checkpoint import BestCheckpoint
from digitlab.callbacks.seeded_steps import SeededSteps


def epoch(callback: BestCheckpoint, value: float, validated: bool = True) -> bool:
    """Return whether an epoch with this metric is saved."""
    saved: list[Path] = []
    trainer: Any = SimpleNamespace(
        fast_dev_run=False,
        sanity_checking=False,
        is_last_batch=True,
        should_stop=False,
        callback_metrics={callback.monitor: torch.tensor(value)},
        save_checkpoint=saved.append,
    )
    module: Any = None
    callback.on_train_epoch_start(trainer, module)
    if validated:
        callback.on_validation_end(trainer, module)
    callback.on_train_epoch_end(trainer, module)
    return saved == [callback.path]


@pytest.mark.parametrize(("mode", "sign"), [("min", 1), ("max", -1)])
def test_only_a_better_epoch_is_saved_also_after_a_resume(mode: str, sign: int) -> None:
    before = BestCheckpoint("somewhere", monitor="val/loss", mode=mode)
    assert [epoch(before, sign * value) for value in (0.5, 0.3, 0.3, 0.4)] == [True, True, False, False]
    resumed = BestCheckpoint("elsewhere", monitor="val/loss", mode=mode)
    resumed.load_state_dict(before.state_dict())
    assert [epoch(resumed, sign * value) for value in (0.35, 0.2)] == [False, True]


@pytest.mark.parametrize(("mode", "worse"), [("min", 0.4), ("max", 0.2)])
def test_a_metric_that_is_no_number_at_first_does_not_stay_the_best(mode: str, worse: float) -> None:
    callback = BestCheckpoint("x", monitor="val/f1", mode=mode)
    assert [epoch(callback, value) for value in (math.nan, 0.3, math.nan, worse)] == [True, True, False, False]


def test_an_epoch_without_validation_is_no_candidate() -> None:
    assert not epoch(BestCheckpoint("x", monitor="val/loss"), 0.1, validated=False)
    assert epoch(BestCheckpoint("x", monitor="train/loss"), 0.1, validated=False)


def draw(seed: int = 1, epoch: int = 0, step: int = 0, rank: int = 0) -> list[float]:
    trainer: Any = SimpleNamespace(current_epoch=epoch, global_rank=rank)
    module: Any = SimpleNamespace(device=torch.device("cpu"))
    SeededSteps(seed).on_train_batch_start(trainer, module, None, step)
    return torch.rand(4).tolist()


def test_every_seed_epoch_step_and_process_draws_its_own() -> None:
    assert draw() == draw()
    drawn = [draw(), draw(seed=2), draw(epoch=1), draw(step=1), draw(rank=1)]
    assert all(one != other for number, one in enumerate(drawn) for other in drawn[:number])

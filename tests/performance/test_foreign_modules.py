"""Other people's modules train as in Lightning's own loop: the fast loop is exact for them, or steps aside."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from lightning import Callback, LightningDataModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from digitlab.performance.fast_loop import FastEpochLoop
from support.foreign_modules import (
    AfterTransfer,
    Closures,
    Dictionaries,
    Doubles,
    Iterator,
    LogsSometimes,
    Manual,
    NoIndex,
    OwnClipping,
    OwnHook,
    OwnScheduleStep,
    OwnTransfer,
    Schedules,
    Skips,
    Tuples,
)
from support.states import equal

BATCHES = 7
Outcome = tuple[Any, ...]


class Watcher(Callback):
    """Keeps what a callback can see of each step."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_before_zero_grad(self, trainer: Trainer, module: Any, optimizer: Any) -> None:
        self.seen.append(type(optimizer).__name__)

    def on_before_optimizer_step(self, trainer: Trainer, module: Any, optimizer: Any) -> None:
        self.seen.append([None if it.grad is None else it.grad.clone() for it in module.parameters()])

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        shown = {key: float(value) for key, value in trainer.callback_metrics.items()}
        self.seen.append((batch_idx, trainer.global_step, outputs, shown, trainer.progress_bar_metrics))


class Rows(LightningDataModule):
    """The data with a hook of its own."""

    def train_dataloader(self) -> Any:
        return loader(Tuples)

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        inputs, labels = batch
        return inputs - 1, labels


class Endless(IterableDataset):
    """Rows whose number nobody knows."""

    def __iter__(self) -> Any:
        return zip(*rows(), strict=True)


def rows() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(BATCHES * 6, 4, generator=generator), torch.randint(3, (BATCHES * 6,), generator=generator)


def loader(kind: type[Tuples]) -> Any:
    inputs, labels = rows()
    if kind is Dictionaries:
        return DataLoader([{"inputs": a, "labels": b} for a, b in zip(inputs, labels, strict=True)], batch_size=6)
    return DataLoader(TensorDataset(inputs, labels), batch_size=6)


def trained(kind: type[Tuples], fast: bool, data: Any = None, **settings: Any) -> Outcome:
    """Train, and return whether the steps were fast and all that came of it."""
    torch.manual_seed(0)
    module, watcher = kind(), Watcher()
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    given = {
        "max_epochs": 2,
        "enable_checkpointing": False,
        "num_sanity_val_steps": 0,
        "log_every_n_steps": 2,
        **settings,
    }
    trainer = Trainer(**quiet, **given, callbacks=[watcher])
    if fast:
        FastEpochLoop.install(trainer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers, and on steps that are left out
        if isinstance(data, LightningDataModule):
            trainer.fit(module, datamodule=data)
        else:
            trainer.fit(module, loader(kind) if data is None else data, loader(kind))
    loop = trainer.fit_loop.epoch_loop
    state = [module.state_dict(), [it.state_dict() for it in trainer.optimizers], trainer.fit_loop.state_dict()]
    return getattr(loop, "_fast", False), watcher.seen, module.events, dict(trainer.callback_metrics), state


EXACT = [Tuples, NoIndex, Dictionaries, Skips, LogsSometimes, OwnTransfer, OwnClipping, Closures, Schedules]
LEFT_TO_LIGHTNING = [OwnHook, AfterTransfer, Iterator, Manual, OwnScheduleStep]


@pytest.mark.parametrize("kind", EXACT + LEFT_TO_LIGHTNING)
def test_a_foreign_module_trains_alike(kind: type[Tuples]) -> None:
    fast, *outcome = trained(kind, fast=True)
    assert fast is (kind in EXACT)
    assert equal(outcome, trained(kind, fast=False)[1:])
    assert outcome[0]


@pytest.mark.parametrize(
    "settings",
    [
        {"val_check_interval": 3},
        {"val_check_interval": 3, "check_val_every_n_epoch": None, "max_epochs": -1, "max_steps": 11},
        {"gradient_clip_val": 0.1, "gradient_clip_algorithm": "value"},
        {"precision": "bf16-mixed"},
        {"limit_train_batches": 4},
        {"fast_dev_run": 3},
        {"min_epochs": 1, "max_steps": 9},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [Tuples, LogsSometimes])
def test_settings_of_the_trainer_are_kept(kind: type[Tuples], settings: dict[str, Any]) -> None:
    fast, *outcome = trained(kind, fast=True, **settings)
    assert fast
    assert equal(outcome, trained(kind, fast=False, **settings)[1:])


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({"precision": "64-true"}, None),
        ({"accumulate_grad_batches": 2}, None),
        ({"profiler": "simple"}, None),
        ({}, Rows()),
    ],
    ids=["64-true", "accumulation", "profiler", "hook of a data module"],
)
def test_what_is_not_covered_is_left_to_lightning(settings: dict[str, Any], data: Any) -> None:
    kind = Tuples if "precision" not in settings else Doubles
    fast, *outcome = trained(kind, fast=True, data=data, **settings)
    assert not fast
    assert equal(outcome, trained(kind, fast=False, data=data, **settings)[1:])


def batches_with_a_gap() -> Any:
    batches: list[Any] = [None if number == 2 else batch for number, batch in enumerate(loader(Tuples))]
    return DataLoader(batches, batch_size=None, collate_fn=lambda batch: batch)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data", [lambda: DataLoader(Endless(), batch_size=6), batches_with_a_gap], ids=["no length", "None among them"]
)
def test_batches_of_any_kind_are_taken(data: Callable[[], Any]) -> None:
    fast, *outcome = trained(Tuples, fast=True, data=data())
    assert fast
    assert equal(outcome, trained(Tuples, fast=False, data=data())[1:])

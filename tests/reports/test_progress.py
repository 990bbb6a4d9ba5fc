"""The line of an epoch: the figures are its own."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning import LightningModule
from omegaconf import DictConfig

from digitlab.reports.progress import ProgressLines
from support.running import run_training


def test_the_line_of_an_epoch_has_its_own_figures(
    job: Callable[..., DictConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    cfg = job(
        "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.max_epochs=3", "data.batch_size=100", "logger=csv",
    )  # fmt: skip
    run_training(cfg)
    lines = re.findall(r"epoch (\d)/3  (.*)  [\d.]+ s", capsys.readouterr().out)
    with (Path(cfg.paths.output_dir) / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = ("train/loss", "train/acc", "val/loss", "val/acc")
    expected = ["  ".join(f"{name} {float(row[name]):.4f}" for name in names) for row in rows]
    assert lines == [(row["epoch"], text) for row, text in zip(rows, expected, strict=True)]
    assert len(lines) == 3


def test_every_metric_of_the_epoch_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"val/loss": 0.5, "val/f1": 0.8, "train/loss": 0.4, "train/loss_step": 9.0, "lr": 0.1, "val_own": 0.25}
    lines = ProgressLines()
    trainer: Any = SimpleNamespace(is_global_zero=True, callback_metrics=figures, current_epoch=4, max_epochs=-1)
    lines.on_train_start(trainer, LightningModule())
    lines.on_train_epoch_end(trainer, LightningModule())
    lines.on_train_end(trainer, LightningModule())
    lines.on_validation_end(trainer, LightningModule())
    lines.on_train_epoch_end(trainer, LightningModule())
    lines.on_train_end(trainer, LightningModule())
    assert capsys.readouterr().out.splitlines() == [
        "epoch 5  train/loss 0.4000  0.0 s",
        "epoch 5  train/loss 0.4000  val/loss 0.5000  val/f1 0.8000  val_own 0.2500  0.0 s",
    ]


def test_figures_of_any_name_are_shown_in_the_epochs_that_measured_them(capsys: pytest.CaptureFixture[str]) -> None:
    trainer: Any = SimpleNamespace(is_global_zero=True, callback_metrics={}, current_epoch=0, max_epochs=-1)
    lines = ProgressLines()
    for measured in ({"goodness": torch.tensor(0.5), "lr-Adam": 0.1, "test_goodness": 0.3}, {"my_loss": 2.0}):
        lines.on_train_epoch_start(trainer, LightningModule())
        trainer.callback_metrics = {**trainer.callback_metrics, **measured}
        lines.on_train_epoch_end(trainer, LightningModule())
    lines.on_train_end(trainer, LightningModule())
    assert capsys.readouterr().out.splitlines() == ["epoch 1  goodness 0.5000  0.0 s", "epoch 1  my_loss 2.0000  0.0 s"]


def test_what_a_module_logs_behind_the_callbacks_is_in_the_line_of_its_own_epoch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trainer: Any = SimpleNamespace(is_global_zero=True, callback_metrics={}, current_epoch=0, max_epochs=3)
    lines = ProgressLines()
    for trainer.current_epoch, accuracy in enumerate((0.5, 0.75, None)):
        lines.on_train_epoch_start(trainer, LightningModule())
        lines.on_train_epoch_end(trainer, LightningModule())
        if accuracy is not None:  # in its own `on_train_epoch_end`
            trainer.callback_metrics = {"train/acc": torch.tensor(accuracy)}
    lines.on_train_end(trainer, LightningModule())
    said = ["epoch 1/3  train/acc 0.5000  0.0 s", "epoch 2/3  train/acc 0.7500  0.0 s", "epoch 3/3  0.0 s"]
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize(
    ("outputs", "said"), [({}, ""), ({"loss": torch.tensor(0.5)}, "loss 0.500"), ({"d_loss": torch.tensor(0.5)}, "")]
)
def test_the_bar_moves_with_whatever_a_step_returns(outputs: dict[str, Any], said: str) -> None:
    lines, moved = ProgressLines(refresh_every=1), []
    lines._bar, lines._task = SimpleNamespace(update=lambda task, **shown: moved.append(shown)), 0  # type: ignore
    trainer: Any = None
    lines.on_train_batch_end(trainer, LightningModule(), outputs, None, 4)
    assert moved == [{"completed": 5, "loss": said}]


def test_a_resumed_epoch_has_its_own_time(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    trainer: Any = SimpleNamespace(is_global_zero=True, callback_metrics={}, current_epoch=1, max_epochs=20)
    before, resumed = ProgressLines(), ProgressLines()
    before.on_train_epoch_start(trainer, LightningModule())
    now += 3
    state = before.state_dict()
    now += 5000
    resumed.load_state_dict(state)
    resumed.on_train_start(trainer, LightningModule())
    now += 4
    resumed.on_train_epoch_end(trainer, LightningModule())
    resumed.on_train_end(trainer, LightningModule())
    assert capsys.readouterr().out == "epoch  2/20  7.0 s\n"

"""The line of an epoch: the figures are its own."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

from digitlab.tasks import train


def test_the_line_of_an_epoch_has_its_own_figures(
    job: Callable[..., DictConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    cfg = job(
        "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.max_epochs=3", "data.batch_size=100", "logger=csv",
    )  # fmt: skip
    train.run(cfg)
    lines = re.findall(r"epoch (\d)/3  (.*)  [\d.]+ s", capsys.readouterr().out)
    with (Path(cfg.paths.output_dir) / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = ("train/loss", "train/acc", "val/loss", "val/acc")
    expected = ["  ".join(f"{name} {float(row[name]):.4f}" for name in names) for row in rows]
    assert lines == [(row["epoch"], text) for row, text in zip(rows, expected, strict=True)]
    assert len(lines) == 3

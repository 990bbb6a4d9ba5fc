"""What a run says at its start and at its end: short, and everything that was measured."""

from pathlib import Path
from typing import Any

import pytest

from digitlab.reports.scores import scores
from digitlab.reports.training import introduce, summarize

SETTINGS: dict[str, Any] = {
    "seed": 42,
    "verbose": True,
    "memory_format": "contiguous",
    "model": {"_target_": "digitlab.nets.MLP", "hidden_sizes": [8]},
    "data": {"_target_": "digitlab.datamodule.DigitDataModule", "dataset": "digits", "batch_size": 32},
    "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.003},
    "scheduler": None,
    "trainer": {"max_epochs": 20, "precision": "32-true"},
    "paths": {"data_dir": "/data", "output_root": "/out", "output_dir": "/out/train/run"},
}


def test_the_start_says_what_was_changed_and_what_comes_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["-m", "model=mlp", "+callbacks.own.x=1", "~logger.csv", "paths.output_root=/out", "hydra.run.dir=x"]
    introduce(Path("/out/train/[red]"), SETTINGS, typed, "cpu (why)", "as configured")
    assert capsys.readouterr().out.splitlines() == [
        "digitlab train, in /out/train/[red]",
        "Changed: model=mlp  +callbacks.own.x=1  ~logger.csv",
        "  (config.yaml there has every setting)",
        "MLP on digits: Adam, lr 0.003, up to 20 epochs, batches of 32",
        "On cpu (why), seed 42",
        "Trains in 32-true, contiguous; evaluates in 32-true",
        "  (as configured)",
    ]


def test_the_start_of_a_module_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    own = {"optimizer": None, "data": {"_target_": "mylab.Data"}, "trainer": {"max_epochs": -1, "precision": 16}}
    introduce(Path("/run"), {**SETTINGS, **own}, [], "cpu", "as configured")
    assert "\nMLP on Data\n" in capsys.readouterr().out


def test_every_figure_is_in_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"train/loss": 0.1, "val/loss": 0.2, "val/acc": 0.9, "val/f1": 0.8, "test/acc": 0.7}
    assert scores({"seed": 1, **figures}) == {
        "training figures": "loss 0.1000",
        "validation accuracy": "90.00% (loss 0.2000, f1 0.8000)",
        "test accuracy": "70.00%",
    }
    result = {**figures, "model": "MLP", "parameters": 10, "dataset": "digits", "fit_seconds": 1.0, "epochs": 3}
    summarize(result, Path("/out/[b]"), SETTINGS)
    shown = capsys.readouterr().out
    assert "f1 0.8000" in shown
    assert "/out/[b]" in shown
    assert "Next" not in shown  # there is nothing to look at, and no checkpoint


def test_figures_of_any_name_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    result = {"valid_loss": 0.25, "goodness": 0.875, "lr-Adam": 0.1, "fit_seconds": 1.0, "parameters": 7, "mode": "min"}
    assert scores(result) == {"valid_loss": "0.2500", "goodness": "0.8750"}
    summarize(result, Path("/run"), {**SETTINGS, "verbose": False})
    summarize({"fit_seconds": 2.0}, Path("/run"), {**SETTINGS, "verbose": False})  # nothing was measured
    assert capsys.readouterr().out == "valid_loss 0.2500, goodness 0.8750, 1.0 s, in /run\n2.0 s, in /run\n"

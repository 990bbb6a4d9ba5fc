"""metrics.csv: complete rows, whole files."""

import csv
from pathlib import Path

import pytest

from digitlab.reports.csv_logger import CsvLogger


def test_an_epoch_becomes_a_row(tmp_path: Path) -> None:
    logger = CsvLogger(tmp_path / "metrics.csv")
    for epoch in range(2):
        step = 10 * epoch
        logger.log_metrics({"lr": 0.1 / (epoch + 1)}, step)
        logger.log_metrics({"train/loss_step": 9.0, "epoch": epoch}, step + 5)
        logger.log_metrics({"val/loss": 0.5 - epoch / 10, "val/acc": 0.8, "epoch": epoch}, step + 9)
        logger.log_metrics({"train/loss": 0.6, "train/acc": 0.7, "epoch": epoch}, step + 9)
    logger.log_metrics({"test/acc": 0.9, "epoch": 2}, 20)
    with (tmp_path / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [row["step"] for row in rows] == ["10", "20"]
    assert [row["val/loss"] for row in rows] == ["0.5", "0.4"]
    assert rows[1]["lr"] == "0.05"
    assert list(rows[0]) == ["epoch", "step", "lr", "train/acc", "train/loss", "val/acc", "val/loss", "crc32"]


def test_a_column_may_come_later(tmp_path: Path) -> None:
    logger = CsvLogger(tmp_path / "metrics.csv")
    logger.log_metrics({"train/loss": 1.0, "epoch": 0}, 4)
    logger.log_metrics({"val/loss": 2.0, "train/loss": 1.0, "epoch": 1}, 9)
    with (tmp_path / "metrics.csv").open() as file:
        assert [row["val/loss"] for row in csv.DictReader(file)] == ["", "2.0"]


def test_a_resumed_run_goes_on_with_the_rows_that_are_there(tmp_path: Path) -> None:
    before = CsvLogger(tmp_path / "metrics.csv")
    for epoch in range(3):
        before.log_metrics({"train/loss": 1.0 - epoch / 4, "epoch": epoch}, 10 * epoch + 9)
    resumed = CsvLogger(tmp_path / "metrics.csv")  # from a checkpoint in the second epoch
    resumed.log_metrics({"train/loss": 0.1, "epoch": 1}, 19)
    with (tmp_path / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["step"], row["train/loss"]) for row in rows] == [("1", "10", "1.0"), ("2", "20", "0.1")]


def test_damaged_rows_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "metrics.csv"
    before = CsvLogger(path)
    for epoch in range(3):
        before.log_metrics({"train/loss": 1.0 - epoch / 4, "epoch": epoch}, 10 * epoch + 9)
    whole = path.read_text()
    assert [row["train/loss"] for row in CsvLogger(path).rows] == ["1.0", "0.75", "0.5"]
    assert capsys.readouterr().out == ""
    for damaged, left in ((whole.replace("0.75", "0.85"), 2), (whole[:-12], 2), (whole.replace("loss", "lots"), 0)):
        path.write_text(damaged)
        assert len(CsvLogger(path).rows) == left
        assert f"{3 - left} of 3 rows are damaged and left out" in capsys.readouterr().out

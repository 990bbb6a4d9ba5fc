"""metrics.csv: complete rows, whole files, whatever the metrics are called."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from digitlab.reports.csv_logger import CsvLogger
from digitlab.reports.quiet import quiet


class Foreign(LightningModule):
    """Somebody's own module, with names of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(1, 1)
        nn.init.ones_(self.net.weight)
        nn.init.zeros_(self.net.bias)

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        loss = self.net(batch).square().mean()
        self.log("loss", loss, on_epoch=True)
        self.log("epochs_done", float(self.trainer.current_epoch), on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.log("valid_score", float(self.trainer.current_epoch))

    def on_train_epoch_end(self) -> None:
        self.log("late", float(self.trainer.current_epoch))

    def on_train_epoch_start(self) -> None:
        for logger in self.loggers:
            logger.log_metrics({"rate": 0.1 / (self.current_epoch + 1)}, self.global_step)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


@quiet
def fit(
    path: Path, epochs: int, resumed: Path | None = None, callbacks: Sequence[Checkpoint] = (), **options: Any
) -> Trainer:
    logger = CsvLogger(path)
    trainer = Trainer(
        accelerator="cpu", max_epochs=epochs, logger=logger, callbacks=[logger, *callbacks], enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=bool(callbacks), log_every_n_steps=1,
        check_val_every_n_epoch=2, **options,
    )  # fmt: skip
    data = DataLoader(torch.ones(8, 1), batch_size=2)
    trainer.fit(Foreign(), data, data, ckpt_path=resumed, weights_only=True)
    return trainer


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_an_epoch_becomes_a_row(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    fit(path, 4)
    rows = rows_of(path)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["step"] for row in rows] == ["4", "8", "12", "16"]
    assert [row["rate"] for row in rows] == [str(0.1 / epoch) for epoch in (1, 2, 3, 4)]
    assert [row["epochs_done"] for row in rows] == ["0.0", "1.0", "2.0", "3.0"]
    assert [row["late"] for row in rows] == ["0.0", "1.0", "2.0", "3.0"]
    assert [row["valid_score"] for row in rows] == ["", "1.0", "", "3.0"]  # none that is of an earlier epoch
    assert list(rows[0]) == ["epoch", "step", "epochs_done", "late", "loss_epoch", "rate", "valid_score"]


@pytest.mark.parametrize("harm", [None, b"", b"epoch,step\n1,4\n2,\xff"])
def test_the_rows_of_a_resumed_run_are_those_of_its_checkpoint(tmp_path: Path, harm: bytes | None) -> None:
    whole, path, checkpoint = tmp_path / "whole.csv", tmp_path / "metrics.csv", tmp_path / "last.ckpt"
    fit(whole, 4)
    fit(path, 2).save_checkpoint(checkpoint)
    path.unlink() if harm is None else path.write_bytes(harm)
    fit(path, 2, checkpoint)  # nothing is left to train, and yet
    assert rows_of(path) == rows_of(whole)[:2]
    fit(path, 4, checkpoint)
    assert path.read_text() == whole.read_text()


class Saves(Checkpoint):
    """Saves at the end of an epoch, as our checkpoints do, before Lightning has logged its figures."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        trainer.save_checkpoint(self.path)


def test_what_a_module_logs_last_is_in_the_checkpoint_of_its_epoch(tmp_path: Path) -> None:
    whole, path, checkpoint = tmp_path / "whole.csv", tmp_path / "metrics.csv", tmp_path / "last.ckpt"
    fit(whole, 3)
    fit(path, 2, callbacks=[Saves(checkpoint)])
    fit(path, 3, checkpoint)
    assert path.read_text() == whole.read_text()


def test_a_run_that_leaves_nothing_leaves_no_table(tmp_path: Path) -> None:
    fit(tmp_path / "metrics.csv", 1, fast_dev_run=True)
    assert not (tmp_path / "metrics.csv").exists()

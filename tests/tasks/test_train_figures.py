"""Whose figures a run shows and records: those of the weights that are kept, wherever it validates."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

from digitlab.checkpoints.reading import read_checkpoint
from digitlab.reports.quiet import quiet
from digitlab.tasks import train
from support.running import plain, result_of, run_training

Job = Callable[..., DictConfig]
QUICK = ("trainer.accelerator=cpu", "trainer.max_epochs=3", "logger=csv", "data.batch_size=50")


def test_figures_are_those_of_their_epoch_when_validation_is_rare(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = job("model=mlp", *QUICK, "trainer.check_val_every_n_epoch=2", "scheduler=plateau", "trainer.max_epochs=3")
    run_training(cfg)
    result, run = result_of(cfg), Path(cfg.paths.output_dir)
    with (run / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [bool(row["val/loss"]) for row in rows] == [False, True, False]
    assert result["best_epoch"] == 2
    assert float(rows[1]["train/loss"]) == pytest.approx(result["train/loss"])
    assert read_checkpoint(run / "checkpoints" / "last.ckpt")["epoch"] == 2
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch")]
    assert ["val/loss" in line for line in lines] == [False, True, False]


def test_without_checkpoints_the_figures_of_the_last_epoch_count(job: Job) -> None:
    cfg = job("model=mlp", *QUICK, "callbacks=none", "trainer.log_every_n_steps=1")
    assert run_training(cfg) == result_of(cfg)["val/loss"]
    assert "checkpoint" not in result_of(cfg)


@pytest.mark.parametrize("averaging", ["none", "ema"])
@pytest.mark.parametrize("interval", [4, 2, 1.0])
def test_the_figures_are_those_of_the_kept_weights_wherever_it_validates(
    averaging: str, interval: float, job: Job
) -> None:
    """With an interval of 4 and epochs of 6 batches the weights of the end were kept, with the figures of batch 4."""
    cfg = job(
        "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=csv",
        "data.batch_size=100", "trainer.precision=32-true", "test=false", f"averaging={averaging}",
        f"+trainer.val_check_interval={interval}",
    )  # fmt: skip
    training = train.prepare(plain(cfg))
    kept = train.run_in_directory(training)
    validate = quiet(training.trainer.validate)
    (measured,) = validate(training.module, datamodule=training.datamodule, verbose=False)
    assert measured["val/loss"] == pytest.approx(kept["val/loss"], rel=1e-6)
    assert measured["val/acc"] == pytest.approx(kept["val/acc"])
    assert "train/loss" not in kept or interval != 4  # of the images until there nobody has a figure

"""How a training ends: within an epoch too its figures are those of the images it saw, and it says why it ended."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Callback, Trainer
from lightning.fabric.utilities.spike import TrainingSpikeException
from lightning.pytorch.callbacks import Timer
from omegaconf import DictConfig
from torch.nn.functional import cross_entropy

from digitlab import build
from digitlab.callbacks.ending import ending_reason
from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.errors import Diverged, Interrupted, UserError
from digitlab.reports.training import summarize
from digitlab.tasks.endings import our_endings
from support.running import run_training

Job = Callable[..., DictConfig]
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=3", "logger=csv",
    "data.batch_size=100", "trainer.precision=32-true", "memory_format=contiguous", "scheduler=none",
)  # fmt: skip
STEPS = 6  # of an epoch: 550 images
STOP = f"+callbacks.stop._target_={__name__}.StopAt"


class StopAt(Callback):
    """Sets `should_stop` behind a step, and counts for itself what an epoch's figures are."""

    step = 0

    def __init__(self) -> None:
        self.loss, self.images = 0.0, 0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        self.loss, self.images = 0.0, 0

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.loss += outputs["loss"].item() * len(batch.labels)
        self.images += len(batch.labels)
        trainer.should_stop = trainer.global_step == StopAt.step


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", f"{__name__}.")


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> list[Trainer]:
    """Keep every trainer that is built."""
    built: list[Trainer] = []
    original = build.build_trainer

    def keep(*args: Any) -> Trainer:
        built.append(original(*args))
        return built[-1]

    monkeypatch.setattr(build, "build_trainer", keep)
    return built


def left_by(cfg: DictConfig) -> tuple[dict[str, Any], list[dict[str, str]]]:
    directory = Path(cfg.paths.output_dir)
    with (directory / "metrics.csv").open() as file:
        return json.loads((directory / "result.json").read_text()), list(csv.DictReader(file))


@pytest.mark.parametrize("step", [2, STEPS + 4, 2 * STEPS])
def test_a_stop_within_an_epoch_has_the_figures_of_the_batches_seen(
    step: int, job: Job, trainers: list[Trainer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(StopAt, "step", step)
    cfg = job(*QUICK, STOP, "checkpoint_every.steps=1")
    run_training(cfg)
    result, rows = left_by(cfg)
    (stop,) = [callback for callback in trainers[0].callbacks if type(callback).__name__ == "StopAt"]
    assert (result["status"], result["steps"], len(rows)) == ("ok", step, -(-step // STEPS))
    assert float(rows[-1]["train/loss"]) == pytest.approx(stop.loss / stop.images)
    assert rows[-1]["val/loss"]
    assert f"train/loss {stop.loss / stop.images:.4f}" in capsys.readouterr().out.splitlines()[-2]
    reason = "a callback stopped it"
    if step % STEPS:
        reason += f"; after batch {step % STEPS} of {STEPS} in epoch {len(rows)}"
    assert ending_reason(trainers[0]) == reason


def test_a_run_that_was_stopped_within_an_epoch_stays_stopped(
    job: Job, trainers: list[Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StopAt, "step", STEPS + 4)
    options = (*QUICK, STOP, "checkpoint_every.steps=1")
    cfg = job(*options)
    run_training(cfg)
    expected, _ = left_by(cfg)
    monkeypatch.setattr(StopAt, "step", 0)
    cfg.resume = cfg.paths.output_dir
    run_training(cfg)
    ended, _ = left_by(cfg)
    assert {**ended, "fit_seconds": 0, "crc32": ""} == {**expected, "fit_seconds": 0, "crc32": ""}


@pytest.mark.parametrize("how", ["trainer.max_time", "Timer"])
def test_time_that_is_up_in_the_first_epoch(
    how: str, job: Job, trainers: list[Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = "lightning.pytorch.callbacks.Timer"
    given = {
        "trainer.max_time": ["+trainer.max_time={seconds: 1000}"],
        "Timer": [f"+callbacks.t={{_target_: {timer}, duration: {{seconds: 1000}}}}"],
    }
    monkeypatch.setattr(
        Timer, "time_elapsed", lambda self, stage="train": 1001.0 if trainers[0].global_step > 1 else 1.0
    )
    cfg = job(*QUICK, *given[how])
    run_training(cfg)
    result, rows = left_by(cfg)
    assert (result["status"], result["steps"], len(rows)) == ("ok", 2, 1)
    assert result["train/loss"] == pytest.approx(float(rows[0]["train/loss"]))
    assert ending_reason(trainers[0]) == (
        "the time of trainer.max_time or Timer was up after 1001 s; after batch 2 of 6 in epoch 1"
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "trainer.max_epochs=3 reached"),
        (("trainer.fast_dev_run=true",), "trainer.fast_dev_run, one batch of everything"),
        (
            ("callbacks.early_stopping.patience=1", "callbacks.early_stopping.min_delta=100"),
            "early stopping, val/loss was not better in 1 validations in a row, its patience",
        ),
        (
            ("+callbacks.early_stopping.stopping_threshold=100",),
            "early stopping, val/loss reached the threshold 100",
        ),
    ],
)
def test_every_ending_says_why(options: tuple[str, ...], reason: str, job: Job, trainers: list[Trainer]) -> None:
    run_training(job(*QUICK, *options))
    assert ending_reason(trainers[0]) == reason


@pytest.mark.parametrize(
    ("ended", "shown"), [("trainer.max_epochs=3 reached", False), ("early stopping, val/loss was not better", True)]
)
def test_an_ending_that_was_not_planned_is_shown(ended: str, shown: bool, capsys: pytest.CaptureFixture[str]) -> None:
    result = {"model": "MLP", "parameters": 1, "dataset": "digits", "fit_seconds": 1.0, "ended": ended}
    summarize(result, Path("run"), {"verbose": True, "paths": {}})
    assert (ended in " ".join(capsys.readouterr().out.split())) is shown


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ValueError("Tried to step 85 times. The specified number of total steps is 84"), UserError, "^scheduler: "),
        (
            ValueError("Expected more than 1 value per channel when training"),
            UserError,
            r"^data\.batch_size: BatchNorm",
        ),
        (TrainingSpikeException(batch_idx=3), Diverged, "^SpikeDetection: "),
    ],
)
def test_what_libraries_raise_for_something_typed_is_a_line(error: Exception, kind: type, said: str) -> None:
    with pytest.raises(kind, match=said), our_endings(Trainer(logger=False, enable_checkpointing=False)):
        raise error


def test_no_number_in_validation_is_a_divergence(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def nan_in_validation(logits: Any, labels: Any, **named: Any) -> Any:
        return cross_entropy(logits, labels, **named) * (1 if torch.is_grad_enabled() else float("nan"))

    monkeypatch.setattr("digitlab.module.cross_entropy", nan_in_validation)
    cfg = job(*QUICK)
    with pytest.raises(Diverged, match=r"the validation loss became nan in epoch 1, step 7; try a lower optimizer\.lr"):
        run_training(cfg)
    assert json.loads((Path(cfg.paths.output_dir) / "result.json").read_text())["status"] == "diverged"


def test_another_number_of_threads_is_said(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(StopAt, "step", 2)
    cfg = job(*QUICK, STOP)
    run_training(cfg)
    cfg.resume = cfg.paths.output_dir
    run_training(cfg)
    assert "threads before" not in capsys.readouterr().out
    monkeypatch.setattr("digitlab.callbacks.last_checkpoint.torch.get_num_threads", lambda: 7)
    run_training(cfg)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "threads before" in line]
    assert line.startswith("The run computed with 1 threads before and does with 7 now")
    assert line.endswith("for the same bits set OMP_NUM_THREADS=1")


def test_the_time_of_a_resumed_epoch_is_its_own(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save = LastCheckpoint._save

    def save_and_stop(self: LastCheckpoint, trainer: Any) -> None:
        save(self, trainer)
        raise Interrupted(15)

    cfg = job(*QUICK, "checkpoint_every.steps=2")
    with monkeypatch.context() as patched:
        patched.setattr(LastCheckpoint, "_save", save_and_stop)
        with pytest.raises(Interrupted):
            run_training(cfg)
    cfg.resume = cfg.paths.output_dir
    run_training(cfg)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch 1/3")]
    assert float(line.split()[-2]) < 60


def test_checkpoints_that_are_gone_at_the_end_are_no_success(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = job(*QUICK)
    folder = Path(cfg.paths.output_dir) / "checkpoints"
    monkeypatch.setattr(LastCheckpoint, "on_train_end", lambda *args: shutil.rmtree(folder), raising=False)
    with pytest.raises(
        UserError, match=r"last\.ckpt was removed while the training ran; nothing is left of its weights"
    ):
        run_training(cfg)
    assert json.loads((folder.parent / "result.json").read_text())["status"] == "failed"

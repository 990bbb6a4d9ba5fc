"""A resumed run is the uninterrupted one, bit for bit, wherever it was cut."""

import csv
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.errors import Interrupted
from digitlab.system import signals
from support.running import run_training
from support.states import equal

Job = Callable[..., DictConfig]
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=3", "logger=csv",
    "data.batch_size=100", "checkpoint_every.steps=1", "callbacks.progress=null", "trainer.precision=32-true",
)  # fmt: skip
TORCH = "torch.optim.lr_scheduler."
KINDS = {
    "plain": ("scheduler=none", "callbacks.early_stopping=null"),
    "plateau": ("scheduler=plateau", "scheduler.patience=0", "scheduler.factor=0.5", "optimizer.lr=0.5"),
    "one-cycle": ("scheduler=onecycle",),
    "torch's plateau": (
        "scheduler=plateau",
        f"scheduler._target_={TORCH}ReduceLROnPlateau",
        "scheduler.patience=0",
        "optimizer.lr=0.5",
    ),
    "torch's steps": ("scheduler=step", f"scheduler._target_={TORCH}StepLR", "+scheduler.interval=step"),
    "early stopping": (
        "callbacks.early_stopping.patience=1",
        "callbacks.early_stopping.min_delta=100",
        "trainer.max_epochs=6",
    ),
    "accumulation": ("trainer.accumulate_grad_batches=2",),
    "averaging": ("averaging=ema", "trainer.accumulate_grad_batches=2"),
    "augmentation": (
        "augment=elastic",
        "trainer.precision=bf16-mixed",
    ),
    "doctor": ("scheduler=none", "doctor=true"),
    "momentum": ("optimizer=sgd", "optimizer.lr=0.1", "trainer.check_val_every_n_epoch=2"),
    "unfreezing": ("finetuning=staged", "callbacks.finetuning.unfreeze_at_epoch=1", "averaging=ema"),
}


@pytest.fixture
def every_save(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep a copy of every last checkpoint that is written."""
    copies: list[Path] = []
    save = LastCheckpoint._save

    def save_and_copy(self: LastCheckpoint, trainer: Any) -> None:
        save(self, trainer)
        copies.append(Path(shutil.copy(self.path, f"{self.path.parent}/{len(copies):03d}.copy")))

    monkeypatch.setattr(LastCheckpoint, "_save", save_and_copy)
    return copies


def assert_same_end(expected: dict[str, Any], path: Path) -> None:
    ended = read_checkpoint(path)
    for part in (
        "state_dict",
        *sorted(expected.keys() & {"trained_weights"}),
        "optimizer_states",
        "lr_schedulers",
        "global_step",
        "epoch",
        "metrics",
    ):
        assert equal(expected[part], ended[part]), part


def figures(directory: Path) -> list[dict[str, str]]:
    """Return the rows of metrics.csv."""
    with (directory / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", KINDS)
def test_every_position_ends_in_the_same_bits(kind: str, job: Job, every_save: list[Path]) -> None:
    begun = ()
    if kind == "unfreezing":
        source = job(*QUICK, "trainer.max_epochs=1", run="source")
        run_training(source)
        every_save.clear()
        begun = (f"init_from={source.paths.output_dir}",)
    whole = job(*QUICK, *KINDS[kind], *begun, run="whole")
    run_training(whole)
    directory = Path(whole.paths.output_dir)
    expected = read_checkpoint(directory / "checkpoints" / "last.ckpt")
    rows = figures(directory)
    positions = list(every_save)
    assert len(positions) >= 9
    assert (expected["epoch"] < whole.trainer.max_epochs - 1) == (kind == "early stopping")
    for number, position in enumerate([*positions[::3], positions[-1]]):
        cut = job(*QUICK, *KINDS[kind], *begun, run=f"cut{number}")
        target = Path(cut.paths.output_dir)
        (target / "checkpoints").mkdir()
        shutil.copy(position, target / "checkpoints" / "last.ckpt")
        (target / "metrics.csv").write_text("epoch,step\n7,\0")  # the rows are those of the checkpoint
        cut.resume = str(target)
        run_training(cut)
        assert_same_end(expected, target / "checkpoints" / "last.ckpt")
        assert figures(target) == rows, position


def test_a_signal_at_the_end_of_an_epoch_leaves_its_figures(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    save = LastCheckpoint._save

    def save_and_ask(self: LastCheckpoint, trainer: Any) -> None:
        save(self, trainer)
        if trainer.is_last_batch:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(LastCheckpoint, "_save", save_and_ask)
    cfg = job(*QUICK, *KINDS["plain"])
    signals.install_handlers()
    with pytest.raises(Interrupted):
        run_training(cfg)
    directory = Path(cfg.paths.output_dir)
    assert read_checkpoint(directory / "checkpoints" / "last.ckpt")["epoch"] == 0
    assert len(figures(directory)) == 1


def test_a_run_that_diverges_keeps_its_last_finite_weights(job: Job) -> None:
    from digitlab.errors import Diverged

    cfg = job(*QUICK, "scheduler=none", "trainer.max_epochs=50", "callbacks.early_stopping=null", "optimizer=sgd")
    cfg.optimizer.lr = 1e12
    cfg.trainer.gradient_clip_val = None
    with pytest.raises(Diverged, match=r"the training loss became (nan|inf) in epoch \d+, step \d+"):
        run_training(cfg)
    result = OmegaConf.load(Path(cfg.paths.output_dir) / "result.json")
    assert result.status == "diverged"
    for path in (Path(cfg.paths.output_dir) / "checkpoints").glob("*.ckpt"):
        content = read_checkpoint(path)
        assert all(value.isfinite().all() for value in content["state_dict"].values())


def test_data_of_ones_own_is_resumed_at_the_end_of_its_epochs(
    composed: Callable[..., DictConfig], tmp_path: Path, every_save: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", "support.")
    own = ("data=digits", "model=mlp", "model.hidden_sizes=[8]", "model.num_classes=4", "scheduler=none", "logger=csv",
           "trainer.accelerator=cpu", "trainer.max_epochs=4", "trainer.precision=32-true", "memory_format=contiguous",
           "checkpoint_every.steps=1", "callbacks.early_stopping=null", "verbose=false")  # fmt: skip

    def started(run: str) -> DictConfig:
        (tmp_path / run / "checkpoints").mkdir(parents=True)
        cfg = composed("train", *own, f"paths.output_dir={tmp_path / run}", f"paths.output_root={tmp_path}")
        cfg.data = {"_target_": "support.foreign_data.Stripes", "num_classes": 4}
        return cfg

    whole = started("whole")
    run_training(whole)
    expected = read_checkpoint(tmp_path / "whole" / "checkpoints" / "last.ckpt")
    positions = list(every_save)
    assert len(positions) == 4  # none within an epoch: the loader could not begin there
    for number, position in enumerate(positions[:3]):
        cut = started(f"cut{number}")
        shutil.copy(position, tmp_path / f"cut{number}" / "checkpoints" / "last.ckpt")
        cut.resume = str(tmp_path / f"cut{number}")
        run_training(cut)
        assert_same_end(expected, tmp_path / f"cut{number}" / "checkpoints" / "last.ckpt")

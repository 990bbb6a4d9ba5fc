"""`fast_loop=true` against Lightning's own loop: the same bits, files and figures, the same hooks in the same order."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning import Callback, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger
from omegaconf import DictConfig

from digitlab.checkpoints.reading import read_checkpoint
from digitlab.module import DigitModule
from digitlab.performance.fast_loop import CALLBACK_HOOKS, FastEpochLoop, has_fast_step
from digitlab.tasks import train
from support.running import plain, run_training
from support.states import equal

Job = Callable[..., DictConfig]
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=csv",
    "data.batch_size=100", "callbacks.progress=null", "trainer.precision=32-true", "trainer.log_every_n_steps=2",
)  # fmt: skip
KINDS = {
    "plain": (),
    "plateau": ("scheduler=plateau", "scheduler.patience=0"),
    "epochs": ("scheduler=step",),
    "averaging": ("averaging=ema", "trainer.gradient_clip_val=0.1"),
    "bfloat16": ("trainer.precision=bf16-mixed",),
    "validated within": ("+trainer.val_check_interval=0.5",),
    "few steps": ("trainer.max_steps=7", "trainer.max_epochs=-1"),
}
LOOPS = ("fast_loop=true", "fast_loop=false")


class Diary(Callback):
    """Writes down every hook of a step."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int, int]] = []


def _line(name: str) -> Callable[..., None]:
    def hook(self: Diary, trainer: Trainer, *args: Any) -> None:
        self.lines.append((name, trainer.global_step, len(args)))

    return hook


for _name in CALLBACK_HOOKS:
    setattr(Diary, _name, _line(_name))


def figures(directory: Path) -> list[dict[str, str]]:
    """Return the rows of metrics.csv without the seconds that an epoch took and what depends on them."""
    with (directory / "metrics.csv").open(newline="") as file:
        return [{key: row[key] for key in row if key not in ("seconds", "crc32")} for row in csv.DictReader(file)]


@pytest.mark.parametrize("kind", KINDS)
def test_checkpoints_and_figures_are_the_same(job: Job, kind: str) -> None:
    contents, rows, results = [], [], []
    for loop in LOOPS:
        cfg = job(*QUICK, *KINDS[kind], loop, run=loop.replace("=", "-"))
        results.append(run_training(cfg))
        directory = Path(cfg.paths.output_dir)
        contents.append(read_checkpoint(directory / "checkpoints" / "last.ckpt"))
        rows.append(figures(directory))
    fast, stock = contents
    assert fast.keys() == stock.keys()
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "loops", "metrics", "global_step", "epoch"):
        assert equal(fast[part], stock[part]), part
    assert rows[0] == rows[1] != []
    assert results[0] == results[1]


def test_hooks_are_called_in_the_same_order(job: Job) -> None:
    diaries = []
    for loop in LOOPS:
        cfg = job(*QUICK, loop, "trainer.max_epochs=1")
        training, diary = train.prepare(plain(cfg)), Diary()
        training.trainer.callbacks.append(diary)
        training.trainer.fit(training.module, datamodule=training.datamodule)
        diaries.append(diary.lines)
    assert len({name for name, *_ in diaries[0]}) == len(CALLBACK_HOOKS)
    assert diaries[0] == diaries[1]


class Talker(Callback):
    """Logs a figure of its own now and then, keeps what can be seen after each step, and stops within an epoch."""

    def __init__(self, last_step: int) -> None:
        self.last_step = last_step
        self.seen: list[dict[str, float]] = []

    def on_train_batch_end(self, trainer: Trainer, module: DigitModule, outputs: Any, batch: Any, step: int) -> None:
        self.seen.append({name: float(value) for name, value in trainer.logged_metrics.items()})
        if step % 3 == 2:
            module.log("third", float(step), on_step=True, on_epoch=True, prog_bar=True)
        if trainer.current_epoch == 1 and step == self.last_step:
            trainer.should_stop = True


class Listener(CSVLogger):
    """Keeps what it is given."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.heard: list[tuple[dict[str, float], int | None]] = []

    def log_metrics(self, metrics: dict[str, Any], step: int | None = None) -> None:
        self.heard.append((dict(metrics), step))


@pytest.mark.parametrize("last_step", [2, 3, 5])  # of 5; at a step that is logged, at one that is not, and at the last
def test_the_same_is_logged_at_the_same_steps(job: Job, tmp_path: Path, last_step: int) -> None:
    runs = []
    for loop in LOOPS:
        cfg = job(*QUICK, loop)
        training, talker, listener = train.prepare(plain(cfg)), Talker(last_step), Listener(tmp_path)
        trainer, module = training.trainer, training.module
        trainer.callbacks.append(talker)
        trainer.loggers = [listener]
        seed_everything(1, verbose=False)
        module.on_train_epoch_end = lambda: None  # it needs the figures of a whole epoch
        trainer.fit(module, datamodule=training.datamodule)
        runs.append((listener.heard, talker.seen, {k: float(v) for k, v in trainer.callback_metrics.items()}))
    assert any("third_step" in metrics for metrics, _ in runs[0][0])
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("settings", "fast"),
    [
        ((), True),
        (("fast_loop=false",), None),
        (("trainer.accumulate_grad_batches=2",), False),
        (("debug=profiler",), False),
    ],
)
def test_what_it_does_not_cover_it_leaves_to_lightning(job: Job, settings: tuple[str, ...], fast: bool | None) -> None:
    cfg = job(*QUICK, "trainer.max_epochs=1", *settings)
    training = train.prepare(plain(cfg))
    trainer = training.trainer
    trainer.fit(training.module, datamodule=training.datamodule)
    loop = trainer.fit_loop.epoch_loop
    assert isinstance(loop, FastEpochLoop) is (fast is not None)
    assert fast is None or has_fast_step(trainer) is loop._fast is fast

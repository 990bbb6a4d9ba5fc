"""The lean loop against Lightning's own: the same bits, the same progress, the same hooks in the same order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning import Callback, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loops.training_epoch_loop import _TrainingEpochLoop
from omegaconf import DictConfig

from digitlab.build import build_datamodule, build_module, build_trainer
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.module import DigitModule
from digitlab.performance.fast_loop import CALLBACK_HOOKS, LeanEpochLoop, is_lean
from support.running import run_training
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
    "few steps": ("+trainer.max_steps=7",),
}


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


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Go back to Lightning's loop."""

    def switch() -> None:
        for name in ("advance", "on_advance_end"):
            monkeypatch.setattr(LeanEpochLoop, name, getattr(_TrainingEpochLoop, name))

    return switch


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_is_the_same(job: Job, kind: str, without: Callable[[], None]) -> None:
    contents = []
    for run in ("lean", "stock"):
        cfg = job(*QUICK, *KINDS[kind], run=run)
        run_training(cfg)
        contents.append(read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "last.ckpt"))
        without()
    lean, stock = contents
    assert lean.keys() == stock.keys()
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "loops", "metrics", "global_step", "epoch"):
        assert equal(lean[part], stock[part]), part


def test_hooks_are_called_in_the_same_order(job: Job, without: Callable[[], None]) -> None:
    diaries = []
    for _ in ("lean", "stock"):
        cfg = job(*QUICK, "trainer.max_epochs=1")
        trainer, diary = build_trainer(cfg), Diary()
        trainer.callbacks.append(diary)
        trainer.fit(build_module(cfg), datamodule=build_datamodule(cfg))
        diaries.append(diary.lines)
        without()
    assert len({name for name, *_ in diaries[0]}) == len(CALLBACK_HOOKS)
    assert diaries[0] == diaries[1]


class Talker(Callback):
    """Logs a figure of its own now and then, keeps what can be seen after each step, and stops within an epoch."""

    def __init__(self) -> None:
        self.seen: list[dict[str, float]] = []

    def on_train_batch_end(self, trainer: Trainer, module: DigitModule, outputs: Any, batch: Any, step: int) -> None:
        self.seen.append({name: float(value) for name, value in trainer.logged_metrics.items()})
        if step % 3 == 2:
            module.log("third", float(step), on_step=True, on_epoch=True, prog_bar=True)
        if trainer.current_epoch == 1 and step == 3:
            trainer.should_stop = True


class Listener(CSVLogger):
    """Keeps what it is given."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.heard: list[tuple[dict[str, float], int | None]] = []

    def log_metrics(self, metrics: dict[str, Any], step: int | None = None) -> None:
        self.heard.append((dict(metrics), step))


def test_the_same_is_logged_at_the_same_steps(job: Job, tmp_path: Path, without: Callable[[], None]) -> None:
    runs = []
    for _ in ("lean", "stock"):
        cfg = job(*QUICK)
        trainer, talker, listener = build_trainer(cfg), Talker(), Listener(tmp_path)
        trainer.callbacks.append(talker)
        trainer.loggers = [listener]
        seed_everything(1, verbose=False)
        trainer.fit(build_module(cfg), datamodule=build_datamodule(cfg))
        runs.append((listener.heard, talker.seen, {k: float(v) for k, v in trainer.callback_metrics.items()}))
        without()
    assert any("third_step" in metrics for metrics, _ in runs[0][0])
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("settings", "lean"),
    [((), True), (("trainer.accumulate_grad_batches=2",), False), (("debug=profiler",), False)],
)
def test_what_it_does_not_cover_it_leaves_to_lightning(job: Job, settings: tuple[str, ...], lean: bool) -> None:
    cfg = job(*QUICK, *settings, "trainer.max_epochs=1")
    trainer = build_trainer(cfg)
    trainer.fit(build_module(cfg), datamodule=build_datamodule(cfg))
    assert is_lean(trainer) is lean


def test_a_hook_of_the_module_is_called(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(DigitModule, "on_train_batch_end", lambda self, *args: seen.append(1), raising=False)
    cfg = job(*QUICK, "trainer.max_epochs=1")
    trainer = build_trainer(cfg)
    trainer.fit(build_module(cfg), datamodule=build_datamodule(cfg))
    assert len(seen) == trainer.global_step > 0

"""A signal before the first step, and one after the last: nothing to save, and everything to be written."""

from collections.abc import Callable
from typing import Any

import pytest
from lightning.pytorch.callbacks import EarlyStopping
from omegaconf import DictConfig
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from digitlab.errors import Interrupted
from digitlab.system import signals
from support.running import result_of, run_training

Job = Callable[..., DictConfig]
QUICK = ("model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=1",
         "data.batch_size=100", "trainer.precision=32-true", "memory_format=contiguous")  # fmt: skip


def test_a_signal_before_the_first_step_stops_at_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*args: Any, **named: Any) -> None:
        signals._handle(15, None)

    monkeypatch.setattr(EarlyStopping, "setup", ask)
    cfg = job(*QUICK)
    with pytest.raises(Interrupted):
        run_training(cfg)
    assert result_of(cfg)["status"] == "interrupted"


def test_a_signal_at_the_end_of_training_waits_until_all_is_written(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raised between what loggers do at the end, it would have Lightning do it once more, to files that are closed."""
    finalize = EventFileWriter.close

    def close(self: EventFileWriter) -> None:
        finalize(self)
        if not signals.received_signal():
            signals._handle(15, None)

    cfg = job(*QUICK, "logger=tensorboard")
    with monkeypatch.context() as patched:
        patched.setattr(EventFileWriter, "close", close)
        with pytest.raises(Interrupted):
            run_training(cfg)
    assert result_of(cfg)["status"] == "interrupted"
    monkeypatch.setattr(signals, "_received", None)
    cfg.resume = cfg.paths.output_dir
    run_training(cfg)
    assert result_of(cfg)["status"] == "ok"

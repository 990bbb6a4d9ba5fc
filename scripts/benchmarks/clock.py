"""A callback that reads the clock where the lesson's program does: around the training batches, and around the test.

It is handed to the real command from outside: `+callbacks.clock._target_=benchmarks.clock.Clock`.
"""

import time
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer

from benchmarks.meter import memory_now
from digitlab.system.atomic_files import write_json

# Our command looks this class up when torch, Lightning and its own modules are there, and before it reads any images.
IMPORTS = memory_now()


class Clock(Callback):
    """Takes the seconds of each training epoch, first batch to last, and of the test.

    Args:
        path: File for the figures and for how the run computed, or `None` to keep them here only.
        warm_up: Steps of the run that `steady` leaves out.

    Attributes:
        epochs: Seconds of each epoch, from before its first batch is drawn to the end of its last step; all that other
            callbacks and loggers do in between is in it, validation and the checkpoint of the epoch's end are not.
        processor: Processor seconds of each epoch, of all threads of this process; steadier where others compute too.
        whole: Seconds from the first batch of all to the end of the fit, with all that is done in between.
        test: Seconds of the test batches.
        waits: Seconds of each epoch before its first batch was there.
        first_batch_at: The time of day, in seconds since 1970, when the very first batch was there.
        steady: Images after the warm-up, and the seconds that they took by the clock and of the processor, ends of
            epochs included.
    """

    def __init__(self, path: str | Path | None = None, warm_up: int = 1) -> None:
        self.path, self.warm_up = path, warm_up
        self.waits: list[float] = []
        self.first_batch_at = 0.0
        self.steady = (0, 0.0, 0.0)
        self._images, self._warm_at = 0, (0.0, 0.0)
        self.epochs: list[float] = []
        self.processor: list[float] = []
        self.whole = self.test = 0.0
        self._began = self._started = self._processor = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin."""
        self._began = _now(pl_module)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin an epoch."""
        self._started, self._processor = _now(pl_module), time.process_time()

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Note when the first batch is there."""
        if batch_idx == 0:
            self.waits.append(_now(pl_module) - self._started)
            self.first_batch_at = self.first_batch_at or time.time()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """End the warm-up, and an epoch at its last batch."""
        if trainer.global_step > self.warm_up:
            self._images += len(batch.labels)
        elif trainer.global_step == self.warm_up:
            self._warm_at = _now(pl_module), time.process_time()
        if batch_idx + 1 == trainer.num_training_batches:
            self.epochs.append(_now(pl_module) - self._started)
            self.processor.append(time.process_time() - self._processor)
            seconds, processor = self._warm_at
            self.steady = (self._images, _now(pl_module) - seconds, time.process_time() - processor)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave the figures, which a run without a test leaves here."""
        self.whole = _now(pl_module) - self._began
        self._write(trainer, pl_module)

    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the test."""
        self._started = _now(pl_module)

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the test, and leave the figures."""
        self.test = _now(pl_module) - self._started
        self._write(trainer, pl_module)

    def _write(self, trainer: Trainer, module: LightningModule) -> None:
        if self.path is not None:
            figures = {
                "epoch_seconds": self.epochs,
                "whole_seconds": self.whole,
                "test_seconds": self.test,
                "wait_seconds": self.waits,
                "first_batch_at": self.first_batch_at,
                "steady": self.steady,
                "imports": IMPORTS,
                "precision": str(trainer.precision),
                "memory_format": str(module.memory_format),
            }
            write_json(Path(self.path), figures)


def _now(module: LightningModule) -> float:
    """Return the time in seconds, when the device has done what it was told."""
    if module.device.type == "cuda":
        torch.cuda.synchronize(module.device)
    return time.perf_counter()

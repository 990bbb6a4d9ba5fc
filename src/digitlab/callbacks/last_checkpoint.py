"""checkpoints/last.ckpt: where a run can be resumed, bit for bit, and where a signal may end it."""

import time
from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from digitlab.callbacks.agreement import agree
from digitlab.errors import Interrupted
from digitlab.system.signals import defer_signals

THREADS = "torch_threads"  # the key in a checkpoint


class LastCheckpoint(Checkpoint):
    """Saves at the end of each epoch, after its validation, and now and then within it.

    Within an epoch only after whole optimizer steps (accumulated gradients are not saved), and not after the last
    batch, from which Lightning would resume without the epoch's validation. A loader of somebody's own that does not
    keep its position is saved at the end of its epochs only. A signal is answered at the same moments,
    with a save; during validation at once and without one, since the state in between cannot be resumed. Of several
    processes the first one tells when it is time, and a signal to any of them stops all.

    Args:
        dirpath: Folder of the file.
        filename: Its name without ".ckpt".
        every_seconds: Longest time between two saves, in seconds; what a crash can cost. `None` for no limit.
        every_steps: Most batches between two saves; `None` for no limit.
    """

    def __init__(
        self,
        dirpath: str | Path,
        filename: str = "last",
        every_seconds: float | None = 60.0,
        every_steps: int | None = None,
    ) -> None:
        self.path = Path(dirpath) / f"{filename}.ckpt"
        self.every_seconds, self.every_steps = every_seconds, every_steps
        self.saved = False  # whether there must be a file
        self._saved_at, self._batches = 0.0, 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to count; from here on a signal waits for a save, or for the end of `trainer.fit`."""
        self._saved_at, self._batches = time.monotonic(), 0
        defer_signals()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save if it is time, and stop if it was asked for; not if the epoch ends here, in whatever way."""
        self._batches += 1
        agreed = agree(trainer, self._is_due())
        whole = (batch_idx + 1) % trainer.accumulate_grad_batches == 0
        ends = trainer.is_last_batch or trainer.should_stop
        if whole and not ends and any(agreed):
            if hasattr(trainer.train_dataloader, "state_dict"):  # another cannot begin in the middle of an epoch
                self._save(trainer)
            _stop(agreed.signal)

    def on_validation_batch_end(self, trainer: Trainer, *args: Any, **kwargs: Any) -> None:
        """Stop if it was asked for; the last checkpoint is a little older."""
        _stop(agree(trainer).signal)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save. The figures of the epoch are logged after this, so a signal waits for the next one to begin."""
        agree(trainer)
        self._save(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop if it was asked for; what was saved last is the state as it is."""
        _stop(agree(trainer).signal)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Keep what the bits depend on beside the settings."""
        checkpoint[THREADS] = torch.get_num_threads()

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Say if the bits will not be those of the uninterrupted run."""
        before, now = checkpoint.get(THREADS), torch.get_num_threads()
        if trainer.is_global_zero and before not in (None, now) and trainer.strategy.root_device.type == "cpu":
            print(
                f"The run computed with {before} threads before and does with {now} now: the same figures but for "
                f"rounding; for the same bits set OMP_NUM_THREADS={before}",
                flush=True,
            )

    def _is_due(self) -> bool:
        if self.every_steps is not None and self._batches >= self.every_steps:
            return True
        return self.every_seconds is not None and time.monotonic() - self._saved_at >= self.every_seconds

    def _save(self, trainer: Trainer) -> None:
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]  # which leaves nothing behind
            trainer.save_checkpoint(self.path)
            self.saved = True
        self._saved_at, self._batches = time.monotonic(), 0


def _stop(number: int) -> None:
    """Stop for the signal with this number, if it is one.

    Raises:
        Interrupted: With the signal.
    """
    if number:
        raise Interrupted(number)

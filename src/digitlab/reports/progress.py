"""What a person sees while training: one bar on a terminal, and one line for each epoch anywhere."""

import time
from collections.abc import Iterable
from typing import Any

from lightning import Callback, LightningModule, Trainer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from digitlab.reports.console import console

TRAINING, VALIDATION = ("train/", "train_"), ("val/", "val_")  # how metrics begin, ours and in Lightning's own examples


class ProgressLines(Callback):
    """Prints a line per epoch, so that a log file reads like the screen, and moves a bar if there is a screen.

    Args:
        refresh_every: Steps between two movements of the bar; at every step it would cost more than a step of
            the MLP.
    """

    def __init__(self, refresh_every: int = 20) -> None:
        self.refresh_every = refresh_every
        self._bar: Progress | None = None
        self._started = 0.0  # when the epoch began, on a clock that stops while the run is interrupted
        self._spent = 0.0  # seconds in a resumed epoch before it was interrupted
        self._validated = False
        self._line: tuple[str, float] | None = None  # epoch and seconds of a line that is still to be printed
        self._old: dict[str, Any] = {}  # the figures that the epoch began with

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Set up the bar, on a terminal and in one process only."""
        self._started = time.perf_counter() - self._spent
        if trainer.is_global_zero and console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[loss]}"),
            )
            # Rich draws ten times in a second, for which the threads that compute have to wait: 3 % of a CNN's epoch.
            self._bar = Progress(*columns, console=console, transient=True, refresh_per_second=2)
            self._task = self._bar.add_task(_epoch(trainer), total=trainer.num_training_batches, loss="")
            self._bar.start()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line of the epoch before, and begin the bar anew."""
        self._say(trainer)
        self._started, self._validated, self._old = time.perf_counter(), False, dict(trainer.callback_metrics)
        if self._bar:
            self._bar.reset(self._task, total=trainer.num_training_batches, description=_epoch(trainer), loss="")

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the bar now and then; reading the loss off a GPU waits for it, so not at every step."""
        if self._bar and (batch_idx + 1) % self.refresh_every == 0:
            loss = outputs.get("loss") if outputs else None  # none where a module optimizes by hand
            text = "" if loss is None else f"loss {float(loss):.3f}"
            self._bar.update(self._task, completed=batch_idx + 1, loss=text)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remember that the validation figures are of this epoch."""
        self._validated = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the time of the epoch; a module may log in its own `on_train_epoch_end`, which comes after this."""
        now = time.perf_counter()
        self._line, self._started = (_epoch(trainer), now - self._started), now

    def state_dict(self) -> dict[str, Any]:
        """Return how long the epoch has taken so far."""
        return {"seconds": time.perf_counter() - self._started}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Count on from there."""
        self._spent = state_dict["seconds"]

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line of the last epoch, and take the bar away."""
        self._say(trainer)
        self._stop()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Likewise, or the bar would draw over the message."""
        if trainer.world_size == 1:  # figures of several processes are computed by all, and the others may be gone
            self._say(trainer)
        self._stop()

    def _say(self, trainer: Trainer) -> None:
        """Print the line of an epoch that has ended, with the figures that were logged in it."""
        if self._line is not None and trainer.is_global_zero:
            (epoch, seconds), metrics = self._line, trainer.callback_metrics
            new = [name for name in metrics if metrics[name] is not self._old.get(name)]
            names = [name for split in (TRAINING, VALIDATION)[: 1 + self._validated] for name in _of(split, new)]
            names += [name for name in _of("", new) if _unknown(name)]
            figures = [f"{name} {float(metrics[name]):.4f}" for name in names]
            console.print("  ".join([epoch, *figures, f"{seconds:.1f} s"]))
        self._line = None

    def _stop(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None


def _of(split: str | tuple[str, ...], metrics: Iterable[str]) -> list[str]:
    """Return the metrics of a split, without those that Lightning holds a second time, by step and by epoch."""
    return [name for name in metrics if name.startswith(split) and not name.endswith(("_step", "_epoch"))]


def _unknown(name: str) -> bool:
    """Return whether a name, of a module of somebody's own, does not tell what it was measured on."""
    return not name.startswith((*TRAINING, *VALIDATION, "test/", "test_", "lr"))  # the rate has its curve


def _epoch(trainer: Trainer) -> str:
    """Return "epoch  3/20", or without an end where there is none (`trainer.max_epochs=-1`)."""
    number, last = trainer.current_epoch + 1, trainer.max_epochs or -1
    return f"epoch {number}" if last < 0 else f"epoch {number:{len(str(last))}}/{last}"

"""What a person sees while training: one bar on a terminal, and one line for each epoch anywhere."""

import time
from typing import Any

from lightning import Callback, LightningModule, Trainer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from digitlab.reports.console import console


class ProgressLines(Callback):
    """Prints a line per epoch, so that a log file reads like the screen, and moves a bar if there is a screen.

    Args:
        refresh_every: Steps between two movements of the bar; at every step it would cost more than a step of
            the MLP.
    """

    def __init__(self, refresh_every: int = 20) -> None:
        self.refresh_every = refresh_every
        self._bar: Progress | None = None
        self._started = 0.0
        self._validated = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Set up the bar, on a terminal and in one process only, and begin the time of an epoch that is resumed."""
        self._started = time.perf_counter()
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
            self._task = self._bar.add_task("", total=None, loss="")
            self._bar.start()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the bar anew."""
        self._started, self._validated = time.perf_counter(), False
        if self._bar:
            label = f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}"
            self._bar.reset(self._task, total=trainer.num_training_batches, description=label, loss="")

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the bar now and then; reading the loss off a GPU waits for it, so not at every step."""
        if self._bar and (batch_idx + 1) % self.refresh_every == 0:
            self._bar.update(self._task, completed=batch_idx + 1, loss=f"loss {outputs['loss'].item():.3f}")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remember that the validation figures are of this epoch."""
        self._validated = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line of the epoch, after its validation."""
        if trainer.is_global_zero:
            metrics = trainer.callback_metrics
            names = ("train/loss", "train/acc", *(("val/loss", "val/acc") if self._validated else ()))
            shown = "  ".join(f"{name} {float(metrics[name]):.4f}" for name in names if name in metrics)
            width = len(str(trainer.max_epochs))
            seconds = time.perf_counter() - self._started
            epoch = f"{trainer.current_epoch + 1:{width}}/{trainer.max_epochs}"
            console.print(f"epoch {epoch}  {shown}  {seconds:.1f} s")

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the bar away."""
        self._stop()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Take the bar away, or it would draw over the message."""
        self._stop()

    def _stop(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

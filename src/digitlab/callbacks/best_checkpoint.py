"""checkpoints/best.ckpt: the weights with the best monitored metric so far."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from digitlab.errors import UserError


class BestCheckpoint(Checkpoint):
    """Saves at the end of an epoch whose metric beats all before it; of equal ones the first is kept.

    Where the trainer validates within epochs, it saves behind a validation: the weights of the epoch's end are others.
    A metric that is no number, as one that an early epoch leaves undefined, is beaten by any other. Unlike Lightning's
    ModelCheckpoint its state holds no path, so that a run directory can be moved and resumed. The figures of the epoch
    lie beside the weights, of any module.

    Args:
        dirpath: Folder of the file.
        filename: Its name without ".ckpt".
        monitor: Metric to go by; "val/..." is looked at in epochs that have been validated.
        mode: "min" if less is better, "max" if more is.
    """

    def __init__(
        self, dirpath: str | Path, filename: str = "best", monitor: str = "val/loss", mode: str = "min"
    ) -> None:
        self.path = Path(dirpath) / f"{filename}.ckpt"
        self.monitor, self.mode = monitor, mode
        self.best: float | None = None
        self._validated = False
        self._within = False  # whether the last validation of the epoch was not at its end, and has been looked at
        self._before: dict[str, Any] = {}  # the figures that it began with
        self._figures: dict[str, float] = {}  # of what is being saved

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forget the validation of the epoch before."""
        self._validated = self._within = False

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Know which figures are not of this validation."""
        self._before = dict(trainer.callback_metrics)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save if this is the best validation, unless the epoch ends here, too, and has more figures to come."""
        if trainer.sanity_checking:
            return
        metrics = {name: it for name, it in trainer.callback_metrics.items() if it is not self._before.get(name)}
        self._validated = True
        self._within = self.monitor in metrics and not (trainer.is_last_batch or trainer.should_stop)
        if self._within:
            self._save_best(trainer, metrics)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save if this epoch is the best."""
        if (self._validated and not self._within) or self.monitor.startswith("train/"):
            self._save_best(trainer, trainer.callback_metrics)

    def _save_best(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        if trainer.fast_dev_run:  # type: ignore[attr-defined]  # which leaves nothing behind
            return
        if self.monitor not in metrics:
            logged = ", ".join(name for name in trainer.callback_metrics if not name.endswith("_step"))
            raise UserError(f"monitor={self.monitor} is not logged; logged are {logged}")
        figures = {name: float(figure) for name, figure in metrics.items()}
        value = figures[self.monitor]
        if self.best is None or (value > self.best if self.mode == "max" else value < self.best):
            self.best = None if math.isnan(value) else value
            self._figures = {name: figure for name, figure in figures.items() if not name.endswith("_step")}
            trainer.save_checkpoint(self.path)
            self._figures = {}

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Put the figures beside the weights; our module chooses those of an epoch itself, after this."""
        if self._figures:
            checkpoint["metrics"] = self._figures

    def state_dict(self) -> dict[str, Any]:
        """Return the best value so far."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from another's best value."""
        self.best = state_dict["best"]

"""metrics.csv: one complete row per epoch, for spreadsheets, pandas and eyes."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.loggers.logger import Logger

from digitlab.system.atomic_files import write_csv


class CsvLogger(Logger, Callback):
    """Gathers what is logged during an epoch into one row.

    Lightning's own CSV logger spreads an epoch over several half-empty rows and leaves a second file with
    hyper-parameters beside them.

    The columns are `epoch` (from 1), `step` (optimizer steps so far), then every metric in the order of the names, a
    rate as it was last logged. Figures of single steps and of the test set are not in it: the first belong
    into TensorBoard, the second into result.json.

    A logger to Lightning, it is a callback as well, for two reasons: the end of an epoch is known whatever the metrics
    are called, and the rows travel in the checkpoint. So the file of a resumed run is that of an uninterrupted one,
    even if it was cut, damaged or deleted in between.

    Args:
        path: The file, rewritten whole after each epoch.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self.rows: list[dict[str, Any]] = []
        self._epoch: dict[str, float] = {}  # the row of the epoch that is under way
        self._ended = False  # whether the last row is of an epoch behind which no other has begun
        self._old: dict[str, Any] = {}  # what Lightning still shows of the epoch before

    @property
    def name(self) -> str:
        """Return the kind of the logger."""
        return "csv"

    @property
    def version(self) -> str:
        """Return nothing: a run directory has one metrics.csv."""
        return ""

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Do nothing: config.yaml has them."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Add to the row of the epoch."""
        if not self.rows or metrics.get("epoch") != self.rows[-1]["epoch"] - 1:  # else its row is complete
            self._epoch.update(_of_a_row(metrics))

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the rows of a run that is resumed, whatever has become of the file."""
        if self.rows:
            self._write(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remember which figures are not those of this epoch."""
        self._complete(trainer)
        self._old, self._ended = dict(trainer.logged_metrics), False

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Make the row, with the training figures, which Lightning logs only after the checkpoint is written."""
        self._epoch.update(self._figures(trainer))
        self.rows.append({"epoch": trainer.current_epoch + 1, "step": trainer.global_step, **self._epoch})
        self._epoch, self._ended = {}, True
        self._write(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Complete the last row."""
        self._complete(trainer)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Complete the row that goes into the checkpoint."""
        self._complete(trainer)
        checkpoint["callbacks"][self.state_key] = self.state_dict()

    def state_dict(self) -> dict[str, Any]:
        """Return the rows, and what there is of the next one."""
        return {"rows": [dict(row) for row in self.rows], "epoch": dict(self._epoch)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue with another's rows."""
        self.rows, self._epoch = list(state_dict["rows"]), dict(state_dict["epoch"])

    def _complete(self, trainer: Trainer) -> None:
        """Add to the row of an epoch that has ended what a module logs in its own `on_train_epoch_end`, after us."""
        if not self._ended:
            return
        late = {name: value for name, value in self._figures(trainer).items() if name not in self.rows[-1]}
        if late:
            self.rows[-1].update(late)
            self._write(trainer)

    def _figures(self, trainer: Trainer) -> dict[str, float]:
        """Return what has been logged in this epoch."""
        logged = trainer.logged_metrics
        return _of_a_row({name: value for name, value in logged.items() if value is not self._old.get(name)})

    def _write(self, trainer: Trainer) -> None:
        """Write the file, in one process only; under `fast_dev_run`, which leaves nothing behind, we are no logger."""
        if trainer.is_global_zero and self in trainer.loggers:
            names = sorted({name for row in self.rows for name in row} - {"epoch", "step"})
            write_csv(self.path, self.rows, ["epoch", "step", *names])


def _of_a_row(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return those metrics that belong into a row, as plain numbers."""
    return {
        name: float(value)
        for name, value in metrics.items()
        if name != "epoch" and not name.startswith("test/") and not name.endswith("_step")
    }

"""metrics.csv: one complete row per epoch, for spreadsheets, pandas and eyes."""

import csv
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from digitlab.paths import shown
from digitlab.system.atomic_files import write_csv
from digitlab.system.checksums import CHECKSUM, checksum_fails, with_checksum, without_checksum


class CsvLogger(Logger):
    """Gathers what is logged during an epoch into one row.

    Lightning's own CSV logger spreads an epoch over several half-empty rows and leaves a second file with
    hyper-parameters beside them.

    The columns are `epoch` (from 1), `step` (optimizer steps so far), then every metric in the order of the names, a
    rate as it was last logged. Figures of single steps and of the test set are not in it: the first belong
    into TensorBoard, the second into result.json. The last column is a checksum of the row, for a run that is resumed.

    Args:
        path: The file, rewritten whole after each epoch.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self.rows: list[dict[str, Any]] = _read(self.path)  # of a run that is resumed
        self._epoch: dict[str, float] = {}

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

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add to the row of the epoch, and end it with the epoch's training loss, which comes last."""
        kept = {name: float(value) for name, value in metrics.items() if not name.startswith("test/")}
        self._epoch.update({name: value for name, value in kept.items() if not name.endswith("_step")})
        if "train/loss" in metrics and "epoch" in self._epoch:
            epoch = int(self._epoch.pop("epoch")) + 1
            self.rows = [row for row in self.rows if int(row["epoch"]) < epoch]
            self.rows.append({"epoch": epoch, "step": (step or 0) + 1, **self._epoch})
            self._epoch = {}
            names = sorted({name for row in self.rows for name in row} - {"epoch", "step"})
            write_csv(self.path, [_sealed(row) for row in self.rows], ["epoch", "step", *names, CHECKSUM])


def _read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a run that is resumed, without those that were damaged since, which are counted."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]
    sound = [without_checksum(row) for row in rows if CHECKSUM in row and not checksum_fails(row)]
    if len(sound) < len(rows):
        print(f"{shown(path)}: {len(rows) - len(sound)} of {len(rows)} rows are damaged and left out", flush=True)
    return sound


def _sealed(row: Mapping[str, Any]) -> dict[str, Any]:
    return with_checksum({name: str(value) for name, value in row.items()})  # as the file has it: text

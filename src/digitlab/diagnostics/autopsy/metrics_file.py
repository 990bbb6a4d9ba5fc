"""metrics.csv: the figures of each epoch, by whatever names they were logged under."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from digitlab.diagnostics.result import Skipped
from digitlab.system.regular_files import read_regular

METRICS = "metrics.csv"
LARGEST = 16 * 2**20  # bytes; an epoch of ours takes a hundred
MOST_COLUMNS, MOST_EPOCHS = 1000, 10**9
SPLITS = {"train": ("train",), "val": ("val",), "test": ("test",)}  # how names begin; "valid" does, too
KINDS = {"loss": ("loss", "nll"), "acc": ("acc",)}
Row = dict[str, float]


@dataclass(frozen=True)
class Series:
    """A figure over the epochs that have it.

    Attributes:
        name: Of its column.
        epochs: From 1.
        values: As many.
    """

    name: str
    epochs: list[int]
    values: list[float]

    def at(self, epoch: int) -> float | None:
        """Return the value of an epoch, if it has one."""
        return self.values[self.epochs.index(epoch)] if epoch in self.epochs else None


def read_metrics(directory: Path) -> list[Row]:
    """Return a row for each epoch; what is empty in the file is absent.

    Raises:
        Skipped: If there is none, or it is no table of numbers.
    """
    try:
        text = read_regular(directory / METRICS, LARGEST).decode()
        lines = csv.DictReader(io.StringIO(text), strict=True)
        names = list(lines.fieldnames or [])
        if len(names) > MOST_COLUMNS or "epoch" not in names:
            raise ValueError(f"{METRICS} is no table of epochs")
        rows = [{name: float(value) for name, value in line.items() if value} for line in lines]
        check_rows(rows)
    except FileNotFoundError:
        raise Skipped(f"it has left no {METRICS}; logger=csv writes one") from None
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise Skipped(f"{METRICS} cannot be read: {error}"[:200]) from None
    if not rows:
        raise Skipped(f"{METRICS} holds no epoch: the run ended within its first")
    return rows


def check_rows(rows: list[Row]) -> None:
    """Refuse what is no table of epochs.

    Raises:
        ValueError: If a row has no epoch, from 1.
    """
    if not all(1 <= row.get("epoch", 0) < MOST_EPOCHS for row in rows):
        raise ValueError(f"{METRICS} is no table of epochs")


def series(rows: list[Row], split: str, kind: str) -> Series:
    """Return a figure of a split over the epochs.

    Args:
        rows: From `read_metrics`.
        split: "train" or "val".
        kind: "loss" or "acc".

    Raises:
        Skipped: If nothing is logged that is called so.
    """
    names = sorted({name for row in rows for name in row}, key=lambda name: (len(name), name))
    found = [
        name
        for name in names
        if name.lower().startswith(SPLITS[split]) and any(word in name.lower() for word in KINDS[kind])
    ]
    if not found and split == "train":  # as in Lightning's own examples
        found = [name for name in names if name.lower() == kind]
    if not found:
        words = {"train": "training", "val": "validation"}[split]
        raise Skipped(f"{METRICS} has no {words} {'loss' if kind == 'loss' else 'accuracy'}")
    kept = [row for row in rows if found[0] in row]
    return Series(found[0], [int(row["epoch"]) for row in kept], [row[found[0]] for row in kept])


def rates(rows: list[Row]) -> Series:
    """Return the learning rate at the end of each epoch, of the first parameter group.

    Raises:
        Skipped: If it was not logged.
    """
    names = sorted({name for row in rows for name in row if name == "lr" or name.startswith(("lr-", "lr/"))})
    if not names:
        raise Skipped(f"{METRICS} has no rates; callbacks.learning_rate_monitor logs them")
    kept = [row for row in rows if names[0] in row]
    return Series(names[0], [int(row["epoch"]) for row in kept], [row[names[0]] for row in kept])

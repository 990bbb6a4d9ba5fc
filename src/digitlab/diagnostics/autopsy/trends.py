"""What curves do: where they are best, whether they rise or stand still."""

import math
from collections.abc import Sequence

from digitlab.diagnostics.autopsy.metrics_file import Series
from digitlab.diagnostics.autopsy.run_over import RunOver
from digitlab.diagnostics.result import Skipped
from digitlab.runs.directories import OK

STILL = 0.01  # of the loss an epoch


def best_place(losses: Sequence[float]) -> int:
    """Return where the lowest loss is; what is no number is the highest."""
    return min(range(len(losses)), key=lambda place: losses[place] if math.isfinite(losses[place]) else math.inf)


def finite(curve: Series) -> Series:
    """Return a curve up to its first value that is no finite number.

    Raises:
        Skipped: If nothing is left.
    """
    end = next((place for place, value in enumerate(curve.values) if not math.isfinite(value)), len(curve.values))
    if end == 0:
        raise Skipped(f"{curve.name} is no finite number from the first epoch on")
    return Series(curve.name, curve.epochs[:end], curve.values[:end])


def slope(values: Sequence[float]) -> float | None:
    """Return the slope of the straight line through values a step apart (least squares), or `None` of fewer than 3."""
    count = len(values)
    if count < 3:
        return None
    middle, mean = (count - 1) / 2, sum(values) / count
    across = sum((place - middle) ** 2 for place in range(count))
    return sum((place - middle) * (value - mean) for place, value in enumerate(values)) / across


def plateau(losses: Sequence[float]) -> int:
    """Return for how many epochs at the end the lowest loss fell by less than a hundredth an epoch on average."""
    still = 0
    for start in range(len(losses) - 2, -1, -1):
        epochs = len(losses) - 1 - start
        before, after = min(losses[: start + 1]), min(losses)
        if before - after >= STILL * epochs * abs(before):
            break
        still = epochs
    return still


def check_ended(run: RunOver) -> None:
    """Refuse to judge the length of a run that did not come to its end.

    Raises:
        Skipped: If it was stopped, killed, failed or diverged.
    """
    status = run.ended().get("status")
    if status != OK:
        raise Skipped(f"it did not come to its end ({status or 'no result'})")

"""Curves of a run that is over, as plain data for its report."""

import math
from collections.abc import Callable
from typing import Any

from digitlab.diagnostics.autopsy.metrics_file import Series, rates, series
from digitlab.diagnostics.autopsy.run_over import RunOver
from digitlab.diagnostics.result import Skipped

MOST = 1000  # points of a curve


def figures_of(run: RunOver) -> dict[str, Any]:
    """Return what there is: `epochs`, a list for each figure by its name, and `schedule`, the rate by steps."""
    try:
        rows = run.rows[-MOST:]
    except Skipped:
        return {}
    found: dict[str, Any] = {"epochs": {"epoch": [int(row["epoch"]) for row in rows]}}
    for split in ("train", "val"):
        for kind in ("loss", "acc"):
            curve = _found(lambda split=split, kind=kind: series(rows, split, kind))  # type: ignore[misc]
            if curve is not None:
                found["epochs"][f"{split}_{kind}"] = [_number(curve.at(int(row["epoch"]))) for row in rows]
    rate = _found(lambda: rates(rows))
    if rate is not None:
        steps = {int(row["epoch"]): row.get("step", row["epoch"]) for row in rows}
        found["schedule"] = {
            "step": [_number(steps[epoch]) for epoch in rate.epochs],
            "lr": [_number(value) for value in rate.values],
        }
    return found


def _found(read: Callable[[], Series]) -> Series | None:
    try:
        return read()
    except Skipped:
        return None


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None

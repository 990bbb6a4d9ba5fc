"""Whether every figure stayed a finite number, and where the first one was that did not."""

import math
import re
from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import Row, rates, series
from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import short
from digitlab.runs.directories import DIVERGED

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

ROSE = 2.0  # times the loss of guessing, or of the first epoch
PLACE = re.compile(r"in epoch (\d+), step (\d+)")


def check(run: "RunOver") -> Finding:
    """Judge the rows of metrics.csv, and what ended the run."""
    result = run.ended()
    rows = _rows(run)
    remedy = _remedy(run)
    for row in rows:
        bad = [name for name, value in row.items() if not math.isfinite(value)]
        if bad:
            epoch = int(row["epoch"])
            return failed(f"{bad[0]} became {row[bad[0]]} in epoch {epoch}{_rate(run, epoch)}", remedy)
    if result.get("status") == DIVERGED:
        error = str(result.get("error") or "it diverged")
        place = PLACE.search(error)
        return failed(f"{error.split(';')[0]}{_rate(run, int(place[1])) if place else ''}", remedy)
    absent = [name for name, value in result.items() if name.endswith("/loss") and value is None]
    if absent:
        return failed(f"{absent[0]} ended as no finite number", remedy)
    return _grew(run, rows, remedy) if rows else passed("all figures in result.json")


def _grew(run: "RunOver", rows: list[Row], remedy: str) -> Finding:
    try:
        loss = series(rows, "train", "loss")
    except Skipped:
        return passed(f"all figures of {len(rows)} epochs")
    start = max(loss.values[0], math.log(run.classes) if run.classes else 0.0)
    high = next((epoch for epoch, value in zip(loss.epochs, loss.values, strict=True) if value > ROSE * start), None)
    if high is not None and start > 0:
        value = f"{loss.name} rose to {short(loss.at(high) or 0.0)} in epoch {high}{_rate(run, high)}"
        return failed(value, remedy)
    return passed(f"all figures of {len(rows)} epochs")


def _rows(run: "RunOver") -> list[Row]:
    try:
        return run.rows
    except Skipped:
        if not run.ended():
            raise
        return []


def _rate(run: "RunOver", epoch: int) -> str:
    """Return the rate at an epoch, or that of the epoch before, in words."""
    try:
        curve = rates(run.rows)
        known = [value for at, value in zip(curve.epochs, curve.values, strict=True) if at <= epoch]
        return f" at a rate of {short(known[-1])}" if known else ""
    except Skipped:
        return f"; optimizer.lr was {run.lr:g}" if run.lr else ""


def _remedy(run: "RunOver") -> str:
    clipped = run.section("trainer").get("gradient_clip_val") is not None
    return run.another_rate() if clipped else f"{run.another_rate()} trainer.gradient_clip_val=1.0"


RULE = Rule(
    "DL903",
    "Every figure is a finite number",
    "all columns of metrics.csv, and the status in result.json; the first epoch that has one that is not, and its rate",
    "FAIL for infinity or NaN, a run that ended as diverged, or a training loss over twice that of guessing or of the "
    "first epoch",
    "From the first such step on nothing is learnt; what comes before it shows the cause.",
    check,
    ("DL901", "DL902", "DL904", "DL905", "DL906", "DL907", "DL908", "DL910", "DL911", "DL913"),
)

"""Whether the run was still getting better when it ended."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import series
from digitlab.diagnostics.autopsy.trends import best_place, check_ended
from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned
from digitlab.diagnostics.wording import percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

STILL = 0.03  # by which the last epoch lowered the best validation loss before it


def check(run: "RunOver") -> Finding:
    """Judge where the best epoch lies, and how much the last one gained."""
    check_ended(run)
    val = series(run.rows, "val", "loss")
    best, count = best_place(val.values), len(val.values)
    value = f"epoch {val.epochs[best]} of {val.epochs[-1]} has the lowest {val.name}, {short(val.values[best])}"
    if count < 2:
        raise Skipped("one validated epoch has no trend")
    before = min(val.values[:-1])
    gain = (before - val.values[-1]) / abs(before) if before else 0.0
    if best < count - 1 or gain < STILL or run.planned:
        return passed(f"{value}{'; its schedule has come to its end' if run.planned and best == count - 1 else ''}")
    return warned(f"{value}; it still fell by {percent(gain)} in that epoch", run.longer(2 * val.epochs[-1]))


RULE = Rule(
    "DL904",
    "It was trained long enough",
    "where in the run the lowest validation loss lies, and by how much the last epoch lowered it",
    "WARN if the last epoch is the best and lowered the loss by 3% or more; not where the schedule was planned for "
    "just this length",
    "Better weights were an epoch away.",
    check,
)

"""Whether the training stood still long before its end."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import series
from digitlab.diagnostics.autopsy.trends import finite, plateau
from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned
from digitlab.diagnostics.wording import percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

LEAST = 6  # epochs
LOW = 0.05  # of the first loss: what has come so far down may stand still
SHARE = 1 / 3  # of the epochs


def check(run: "RunOver") -> Finding:
    """Judge for how many epochs at the end the lowest training loss did not fall by a hundredth an epoch."""
    loss = finite(series(run.rows, "train", "loss"))
    if len(loss.values) < LEAST:
        raise Skipped(f"it takes {LEAST} epochs to tell, it has {len(loss.values)}")
    still = plateau(loss.values)
    value = f"{loss.name} ended at {short(loss.values[-1])}, {percent(loss.values[-1] / loss.values[0])} of the first"
    if still < max(3, SHARE * len(loss.values)) or min(loss.values) < LOW * loss.values[0]:
        return passed(value)
    mend = f"scheduler=onecycle, scheduler=plateau, {run.lower_rate(3)}, or a larger network"
    return warned(f"{value}; it stood still for the last {still} epochs", mend)


RULE = Rule(
    "DL908",
    "The training did not stand still",
    "for how many epochs at the end the training loss fell by less than 1% an epoch",
    "WARN for a third of the run and at least 3 epochs, unless the loss had fallen to 5% of that of the first epoch",
    "The rate is too high to come further down, or the network too small.",
    check,
)

"""Whether the schedule moved, and neither ended nor was cut off long before the run."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import Series, rates
from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

NOTHING = 1e-3  # of the highest rate
EARLY = 0.7  # of the run
HIGH = 0.3  # of the highest rate: a planned schedule that ends there was cut off
WATCHING = ("plateau", "ReduceLROnPlateau")  # schedules that may have no reason to move


def check(run: "RunOver") -> Finding:
    """Judge the rate at the end of each epoch."""
    curve = rates(run.rows)
    name = str(run.section("scheduler").get("_target_", "")).rpartition(".")[2]
    last = curve.epochs[-1]
    highest = (
        max(*curve.values, run.lr or 0.0) if run.planned else max(curve.values)
    )  # the peak may lie within an epoch
    if highest <= 0:
        return failed("the rate was 0 in every epoch", "optimizer.lr=0.003 scheduler=onecycle")
    value = f"from {short(curve.values[0])} over {short(highest)} to {short(curve.values[-1])} in {last} epochs"
    gone = _gone(curve, highest)
    if gone is not None and gone <= EARLY * last and last > 2:
        mend = "scheduler=onecycle, which is planned for the run, or a longer step_size"
        return warned(f"{value}; below {percent(NOTHING)} of its highest from epoch {gone} on", mend)
    if name and name not in WATCHING and len(curve.values) > 1 and min(curve.values) == highest:
        return warned(f"{short(highest)} in every epoch, although there is a schedule, {name}", "scheduler=onecycle")
    if run.planned and curve.values[-1] > HIGH * highest and run.ended().get("status") == "ok":
        mend = f"trainer.max_epochs={last}, or callbacks.early_stopping=null"
        return warned(f"{value}; the run ended before its schedule, {name}, had brought the rate down", mend)
    if not name and min(curve.values) == highest:
        raise Skipped("the training had no schedule")
    return passed(value)


def _gone(curve: Series, highest: float) -> int | None:
    """Return the epoch from which on the rate was next to nothing to the end."""
    found = None
    for epoch, rate in zip(curve.epochs, curve.values, strict=True):
        found = (found or epoch) if rate < NOTHING * highest else None
    return found


RULE = Rule(
    "DL909",
    "The schedule lowers the rate over the whole run",
    "the learning rate at the end of each epoch",
    "FAIL for a rate of 0; WARN if it is below a thousandth of its highest before 70% of the run, never moves "
    "although there is a schedule, or is above 30% where a planned schedule was cut off",
    "At next to no rate nothing is learnt; at a high one the weights are still thrown about.",
    check,
    ("DL904", "DL908"),
)

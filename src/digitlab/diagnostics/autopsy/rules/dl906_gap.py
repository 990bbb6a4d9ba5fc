"""How far validation lies behind training, and whether that grows."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import series
from digitlab.diagnostics.autopsy.trends import slope
from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

WIDE = 0.05  # of accuracy


def check(run: "RunOver") -> Finding:
    """Judge the gap in accuracy in the last validated epoch, and its trend over the second half of the run."""
    train, val = series(run.rows, "train", "acc"), series(run.rows, "val", "acc")
    both = [epoch for epoch in val.epochs if epoch in train.epochs]
    gaps = [(train.at(epoch) or 0.0) - (val.at(epoch) or 0.0) for epoch in both]
    if not gaps:
        raise Skipped("no epoch has both accuracies")
    growth = slope(gaps[len(gaps) // 2 :])
    trend = "" if growth is None else f", {'growing' if growth > 0 else 'shrinking'} by {percent(abs(growth))} an epoch"
    value = f"training {percent(gaps[-1])} above validation{trend}"
    if gaps[-1] > WIDE:
        return warned(
            value, "augment=affine, model.dropout=0.5, optimizer=adamw optimizer.weight_decay=0.01, or more data"
        )
    return passed(value)


RULE = Rule(
    "DL906",
    "Validation keeps up with training",
    "accuracy on training minus validation images, in the last epoch and as a trend over the second half",
    "WARN over 5 points; our healthy trainings on MNIST and the digits stay below 3, with dropout below 0",
    "What is learnt beyond that is of the training images alone.",
    check,
)

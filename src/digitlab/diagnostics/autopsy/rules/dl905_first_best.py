"""Whether training has made things worse from the first epoch on."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import series
from digitlab.diagnostics.autopsy.trends import best_place
from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned
from digitlab.diagnostics.wording import short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

LEAST = 4  # epochs


def check(run: "RunOver") -> Finding:
    """Judge whether the first epoch has the lowest validation loss, and which of two causes it has."""
    val = series(run.rows, "val", "loss")
    if len(val.values) < LEAST:
        raise Skipped(f"it takes {LEAST} validated epochs to tell, it has {len(val.values)}")
    best = best_place(val.values)
    value = f"epoch {val.epochs[best]} of {val.epochs[-1]} has the lowest {val.name}, {short(val.values[best])}"
    if best > 0:
        return passed(value)
    train = series(run.rows, "train", "loss")
    if train.values[-1] < train.values[0]:
        why = f"training fell on to {short(train.values[-1])}: it overfits from the start"
        return warned(f"{value}; {why}", "augment=affine, model.dropout=0.5, or a smaller network")
    why = f"training rose to {short(train.values[-1])} too: the rate is too high"
    return warned(f"{value}; {why}", run.another_rate())


RULE = Rule(
    "DL905",
    "The first epoch is not the best",
    "where in the run the lowest validation loss lies",
    "WARN if the first of four epochs or more has it; whether training fell meanwhile tells overfitting from a high "
    "rate",
    "All epochs but the first were for nothing.",
    check,
    ("DL907",),
)

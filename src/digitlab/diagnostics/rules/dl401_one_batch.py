"""Whether the network can learn one batch by heart."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, percent, settled, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge loss and accuracy at the end of a training on one batch."""
    record = evidence.one_batch.record
    losses = [step.cross_entropy for step in record.steps if step.cross_entropy is not None]
    if evidence.one_batch.error is not None and len(losses) < 2:
        raise Skipped("no training step runs (DL201)")
    right = [step.accuracy for step in record.steps if step.accuracy is not None]
    if len(losses) < 10:
        raise Skipped("there were too few steps")
    first, last, accuracy = losses[0], settled(losses, 10), middle(right[-10:])
    value = f"from {short(first)} to {short(last)} in {len(losses)} steps, {percent(accuracy)} right"
    remedy = "before anything else, make this work: a network that cannot learn 1 batch cannot learn a set"
    if last < 0.5 * first or accuracy > 0.9:
        return passed(value)
    if evidence.run.learns:
        return passed(f"{value}; by its labels it is no better, but validation shows that it learns")
    if len(losses) < 100 and math.isfinite(last):
        raise Skipped(f"{value}: too few steps fitted into the budget")
    return warned(value, remedy) if last < 0.8 * first else failed(value, remedy)


RULE = Rule(
    "DL401",
    "One batch can be learnt by heart",
    "cross-entropy and accuracy of up to 200 steps on the first batch, with the planned optimizer and schedule",
    "PASS if the loss is halved or 90% are right, FAIL if 80% of it is left and validation is poor as well (Karpathy, "
    "2019, step 2 of his recipe)",
    "This takes no generalisation: what fails here is a fault of the code or of the settings.",
    check,
    ("DL402", "DL601", "DL604"),
)

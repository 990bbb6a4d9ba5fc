"""Whether an epoch begins with the weights that the one before has left."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

CHANGED = 0.1


def check(evidence: "Evidence") -> Finding:
    """Judge by how much weights change between two epochs, where no step is taken."""
    changes = {name: one for name, one in evidence.run.record.weights.between_epochs.items() if math.isfinite(one)}
    if not changes:
        raise Skipped("the short training is within one epoch")
    name = max(changes, key=lambda one: changes[one])
    value = f"{name} changes by {percent(changes[name])} of its norm between two epochs"
    remedy = "initialise or load weights once, in __init__, and in no hook of an epoch"
    return failed(value, remedy) if changes[name] > CHANGED else passed(value)


RULE = Rule(
    "DL404",
    "An epoch begins where the last one ended",
    "each matrix at the end of an epoch and before the first step of the next",
    "FAIL if one changes by more than 10% of its norm; only steps of an optimizer are to change weights",
    "What is set back at each epoch is learnt for one epoch.",
    check,
    ("DL302", "DL402", "DL601", "DL602", "DL603", "DL604"),
)

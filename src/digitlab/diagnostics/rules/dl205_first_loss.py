"""Whether a new network starts undecided."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the cross-entropy of the first batch against ln C."""
    step = evidence.run.record.steps[0]
    if step.cross_entropy is None:
        raise Skipped("the scores of the first step are not known")
    expected = math.log(evidence.classes) if evidence.classes > 1 else math.log(2)
    ratio = step.cross_entropy / expected
    value = f"{step.cross_entropy:.3f}, ln {max(2, evidence.classes)} is {expected:.3f}"
    remedy = "smaller weights in the last layer, normalised inputs; torch's own initialisation gives both"
    if ratio < 0.8 and (step.accuracy or 0) > 2 / evidence.classes:
        return passed(f"{value}; it is trained already")
    if (not ratio < 3 or ratio < 0.3) and evidence.run.fallen > 0.3:
        return failed(value, remedy)
    return warned(value, remedy) if not 0.6 < ratio < 1.6 else passed(value)


RULE = Rule(
    "DL205",
    "The first loss is that of a guess",
    "the cross-entropy of the first batch",
    "WARN beyond 0.6 to 1.6 times ln C, FAIL beyond 0.3 to 3 times if the loss does not fall below 30% of its start; "
    "a network that knows nothing should be sure of nothing (Karpathy, A recipe for training neural networks, 2019)",
    "Who starts sure of wrong answers spends the first epochs unlearning them.",
    check,
)

"""Whether gradients are cleared before each step."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import middle, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge what lies in the parameters when a backward pass begins after a step."""
    left = [step.leftover for step in evidence.run.record.steps[1:] if step.leftover is not None]
    if not left:
        raise Skipped("no backward pass after a step was seen")
    value = f"{percent(middle(left))} of the last step's gradients are still there"
    remedy = "optimizer.zero_grad() before each backward pass"
    return failed(value, remedy) if middle(left) > 0.01 else passed(value)


RULE = Rule(
    "DL301",
    "Gradients are cleared before each step",
    "the gradients that lie in the parameters when the backward pass after a step begins, against those of that step",
    "FAIL above 1%; they add up until they are cleared",
    "Sums of all gradients so far are a momentum that never fades: steps grow until the training diverges.",
    check,
    ("DL213", "DL214", "DL217", "DL302", "DL401", "DL402", "DL403", "DL504", "DL601", "DL604"),
)

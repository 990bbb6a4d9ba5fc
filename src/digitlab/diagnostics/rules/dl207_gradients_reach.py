"""Whether every parameter gets a gradient."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge which parameters that are to be trained had a gradient in any step."""
    plan, steps = evidence.plan, evidence.run.record.steps
    largest = evidence.run.largest_gradients
    if not largest:
        if any(step.loss is not None for step in steps):
            remedy = "return the loss with its graph: no detach(), no item()"
            by_hand = "zero_grad() before the backward pass, not between it and the step; no detach() on the way"
            return failed("no parameter has a gradient when the optimizer steps", by_hand if plan.manual else remedy)
        raise Skipped("no optimizer steps")
    matrices = {name for name, one in evidence.subject.module.named_parameters() if one.ndim >= 2}
    without = [
        name
        for name in plan.trained - set(plan.frozen) - evidence.run.record.taught
        if name not in largest or (name in matrices and largest[name] == 0)
    ]
    if without:
        remedy = "use these layers in forward, and no detach(), no_grad() or .data between them and the loss"
        return failed(f"no gradient for {listed(sorted(without))}", remedy)
    return passed(f"{len(largest)} parameters get gradients")


RULE = Rule(
    "DL207",
    "Every parameter gets a gradient",
    "the gradients of all parameters that an optimizer holds, over a short training",
    "FAIL for one that never has any, or a matrix whose gradient is always 0",
    "A layer that gets no gradient stays as it was initialised.",
    check,
    ("DL401", "DL402", "DL403", "DL601", "DL604"),
)

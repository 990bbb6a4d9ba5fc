"""Whether every weight that is to be trained moves."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge which matrices with gradients are after a short training as they were before it."""
    record = evidence.run.record
    rates = [group["lr"] for _, groups in evidence.plan.optimizers for group in groups if "lr" in group]
    if rates and not any(rates):
        raise Skipped("the rate is 0 (DL302)")
    if not record.weights.moved():
        by_hand = "step the optimizer: optimizer.step() after manual_backward(loss)"
        return failed("no weight moves", by_hand if evidence.plan.manual else "a rate above 0")
    if len(record.steps) < 5:
        raise Skipped("there were too few steps")
    pulled = {name for name, size in evidence.run.largest_gradients.items() if size > 0} & evidence.plan.trained
    still = [name for name in record.weights.still() if name in pulled]
    if still:
        remedy = "step every optimizer, and give every parameter group a rate above 0"
        return failed(f"{listed(still)} never move, though they have gradients", remedy)
    return passed("every matrix with a gradient moves")


RULE = Rule(
    "DL309",
    "Every weight that is to be trained moves",
    "the matrices that an optimizer holds and that have gradients, before and after a short training",
    "FAIL for one that is the same to the bit",
    "A layer that nobody steps stays as it was initialised.",
    check,
    ("DL302", "DL308", "DL401", "DL402", "DL403", "DL601", "DL604"),
)

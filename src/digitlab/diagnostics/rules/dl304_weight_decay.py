"""Whether weight decay leaves the weights."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, paste, percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

PENALTY = 1.5  # times the cross-entropy: that much of a loss has nothing to do with the scores
COUPLED = ("SGD", "Adam", "Adagrad", "Adadelta", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop")  # others are like AdamW


def check(evidence: "Evidence") -> Finding:
    """Judge the largest decay of any group; it means something else where it is decoupled from the gradient."""
    plan = evidence.plan
    penalty = _penalty(evidence)
    if penalty:
        return failed(penalty, "a penalty that is 0.0001 of the sum of squares or less, or weight_decay in its place")
    decays = [
        (float(group.get("weight_decay") or 0), bool(group.get("decoupled_weight_decay")) or name not in COUPLED, name)
        for name, groups in plan.optimizers
        for group in groups
    ]
    if not decays:
        raise Skipped("there is no optimizer")
    decay, decoupled, name = max(decays, key=lambda one: one[0] / (10 if one[1] else 1))
    value = f"{decay:g} in {name}"
    value += f", of {len(plan.decayed_vectors)} biases and norms too" if plan.decayed_vectors else ""
    remedy = paste(evidence.settings, "optimizer.weight_decay=1e-4", "weight_decay=1e-4 (AdamW: 0.01)")
    limit = (0.5, 2.0) if decoupled else (0.01, 0.05)
    if decay >= limit[1] or any(one[0] < 0 for one in decays):
        return failed(value, remedy)
    return warned(value, remedy) if decay > limit[0] else passed(value)


def _penalty(evidence: "Evidence") -> str:
    """Return what there is to say of a penalty within the loss that pulls the weights to 0, or nothing."""
    try:
        steps = evidence.run.record.steps[:20]
    except Skipped:
        return ""
    other = middle(
        step.loss / step.cross_entropy
        for step in steps
        if step.loss is not None and step.cross_entropy and step.scale is not None and 0.8 < step.scale < 1.25
    )
    left = evidence.run.record.weights.shrunk_to()
    if not other > PENALTY or left > 0.7:
        return ""
    return f"the loss is {short(other)} times the cross-entropy, and the weights shrink to {percent(left)}"


RULE = Rule(
    "DL304",
    "Weight decay leaves the weights",
    "the largest weight decay of any parameter group, and whether it is decoupled from the gradient; the loss beside "
    "the cross-entropy of its scores, and the norm of the weights after a short training",
    "FAIL from 0.05 (2 where it is decoupled) or below 0, or if weights shrink to 70% under a loss 1.5 times the "
    "cross-entropy, WARN above 0.01 (0.5); 1e-4 to 5e-4 is usual with SGD, 0.01 to 0.1 in AdamW (Loshchilov and "
    "Hutter, 2019)",
    "A decay larger than the gradients pulls all weights to 0.",
    check,
    ("DL213", "DL214", "DL302", "DL401", "DL402", "DL403", "DL601", "DL604"),
)

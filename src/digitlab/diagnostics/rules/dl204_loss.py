"""Whether the loss rewards the labels."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.evidence.records import FIRST, alignment
from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, listed, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence
    from digitlab.diagnostics.evidence.records import Step

LEAST = 10  # steps in which a class occurs
REMEDY = "torch.nn.functional.cross_entropy(scores, labels), which is to be made small"


def check(evidence: "Evidence") -> Finding:
    """Judge the gradient of the loss for the scores against that of the cross-entropy, and the loss itself."""
    steps = evidence.run.record.steps[:FIRST]
    aligned = alignment(steps)
    known = [step for step in steps if step.loss is not None and step.cross_entropy is not None]
    if aligned != aligned and not known:
        raise Skipped("neither the loss nor its gradient for the scores could be seen")
    left_out = _left_out(steps)
    if left_out:
        value = f"images of class {listed(map(str, left_out))} have no gradient: the loss leaves them out"
        return failed(value, "class weights above 0, and an ignore_index that is no class")
    value = f"gradient like that of the cross-entropy to {short(aligned)} (1 is the same, -1 the opposite)"
    if aligned < -0.2:
        return failed(value, "make the loss smaller, not larger: its sign, or maximize=True, is wrong")
    if aligned < 0.3:
        return failed(value, REMEDY)
    if any(step.loss is not None and step.loss < -1e-3 for step in steps):
        return failed("the loss is below 0, as no cross-entropy is: nll_loss wants log_softmax", REMEDY)
    kind = evidence.run.loss_kind
    if kind:
        return failed(f"the loss is {kind}", REMEDY)
    return warned(value, REMEDY) if aligned < 0.45 else passed(value)


def _left_out(steps: list["Step"]) -> list[int]:
    """Return the classes that never have a gradient, though others have one."""
    seen: dict[int, list[bool]] = {}
    for step in steps:
        for label, without in step.without.items():
            seen.setdefault(label, []).append(without)
    never = sorted(label for label, without in seen.items() if len(without) >= LEAST and all(without))
    return never if len(never) < len(seen) else []


RULE = Rule(
    "DL204",
    "The loss is smaller where the labels' scores are higher",
    "the cosine between the gradient of the loss for the scores and softmax - labels, median or mean of the first 50 "
    "steps, whichever is higher; the loss itself against known mistakes",
    "FAIL below 0.3, for a loss below 0 or a class whose images never have a gradient, WARN below 0.45; label "
    "smoothing and class weights stay above 0.9, mixup above 0.45",
    "A training does what its loss says, and nothing else.",
    check,
    SYMPTOMS_OF_TRAINING,
)

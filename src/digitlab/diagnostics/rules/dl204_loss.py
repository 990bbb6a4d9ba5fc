"""Whether the loss rewards the labels."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, middle, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

REMEDY = "torch.nn.functional.cross_entropy(scores, labels), which is to be made small"


def check(evidence: "Evidence") -> Finding:
    """Judge the gradient of the loss for the scores against that of the cross-entropy, and the loss itself."""
    steps = evidence.run.record.steps[:50]
    aligned = middle(
        step.alignment for step in steps if step.alignment is not None and step.alignment == step.alignment
    )
    known = [step for step in steps if step.loss is not None and step.cross_entropy is not None]
    if aligned != aligned and not known:
        raise Skipped("neither the loss nor its gradient for the scores could be seen")
    value = f"gradient like that of the cross-entropy to {short(aligned)} (1 is the same, -1 the opposite)"
    if aligned < -0.2:
        return failed(value, "make the loss smaller, not larger: its sign, or maximize=True, is wrong")
    if aligned < 0.5:
        return failed(value, REMEDY)
    if any(step.loss is not None and step.loss < -1e-3 for step in steps):
        return failed("the loss is below 0, as no cross-entropy is: nll_loss wants log_softmax", REMEDY)
    kind = evidence.loss_kind
    if kind:
        return failed(f"the loss is {kind}", REMEDY)
    return warned(value, REMEDY) if aligned < 0.8 else passed(value)


RULE = Rule(
    "DL204",
    "The loss is smaller where the labels' scores are higher",
    "the cosine between the gradient of the loss for the scores and softmax - labels, over the first 50 steps; the "
    "loss "
    "itself against known mistakes",
    "FAIL below 0.5 or for a loss below 0, WARN below 0.8; label smoothing and class weights stay above 0.9",
    "A training does what its loss says, and nothing else.",
    check,
    SYMPTOMS_OF_TRAINING,
)

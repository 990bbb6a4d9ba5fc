"""Whether training and validation agree."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LAST = 50  # steps


def check(evidence: "Evidence") -> Finding:
    """Judge the accuracy of the last training steps against validation."""
    record = evidence.run.record
    right = [step.accuracy for step in record.steps[-LAST:] if step.accuracy is not None]
    seen = record.validated
    if seen is None or seen.images < 50 or len(right) < 10:
        raise Skipped("there are too few validation images or training steps")
    train, val = sum(right) / len(right), seen.right / seen.images
    value = f"{percent(train)} in training, {percent(val)} in validation"
    remedy = paste(
        evidence.settings, "augment=affine", "more images, augmentation, dropout, weight decay; fewer epochs"
    )
    if train - val > 0.25:
        return failed(value, remedy)
    return warned(value, remedy) if train - val > 0.12 else passed(value)


RULE = Rule(
    "DL602",
    "Validation follows training",
    "accuracy of the last 50 steps of a short training, and of the validation after it",
    "WARN above 12 points, FAIL above 25",
    "What is only right for images it has seen was learnt by heart.",
    check,
)

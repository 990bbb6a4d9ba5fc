"""Whether training and validation agree."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the accuracy on the last training batches against validation."""
    record = evidence.run.record
    seen, train = record.validated, record.fitted
    if seen is None or seen.images < 50 or train is None:
        raise Skipped("there are too few validation images, or the network cannot be called by itself")
    val = seen.right / seen.images
    value = f"{percent(train)} of the last training batches, {percent(val)} of validation"
    remedy = paste(
        evidence.settings, "augment=affine", "more images, augmentation, dropout, weight decay; fewer epochs"
    )
    if train - val > 0.25:
        return failed(value, remedy)
    return warned(value, remedy) if train - val > 0.12 else passed(value)


RULE = Rule(
    "DL602",
    "Validation follows training",
    "accuracy on the last eight batches of a short training and on validation, both in evaluation mode",
    "WARN above 12 points, FAIL above 25",
    "What is only right for images it has seen was learnt by heart.",
    check,
)

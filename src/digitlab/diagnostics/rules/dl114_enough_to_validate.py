"""Whether there are enough validation images for a figure."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

FEW, LITTLE = 20, 50


def check(evidence: "Evidence") -> Finding:
    """Judge the number of validation images, where training has many more."""
    val, train = evidence.val, evidence.train
    if not val.whole:
        raise Skipped("there was no time to count the validation images")
    images = len(val.prints)
    value = f"{images} validation images: an accuracy of 90% is known to {percent((0.09 / max(images, 1)) ** 0.5)}"
    remedy = "keep some hundred images for validation, or cross-validate"
    if images >= LITTLE or len(train.prints) < 5 * images:
        return passed(value)
    return failed(value, remedy) if images < FEW else warned(value, remedy)


RULE = Rule(
    "DL114",
    "There are enough validation images",
    "how many validation images there are, if training has five times as many or more",
    "FAIL below 20, WARN below 50: the standard error of an accuracy of 90% is then above 6.7 and 4.2 points",
    "A figure of a handful of images is luck, and so is what is chosen by it.",
    check,
)

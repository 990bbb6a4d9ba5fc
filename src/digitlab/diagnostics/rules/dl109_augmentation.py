"""Whether augmented images still show their class."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.evidence.records import alignment
from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

WARNED, FAILED, ENOUGH = 0.55, 0.45, 100
MIXED = 0.4  # from here on it is the loss itself that says how much of an image is about its label, as in mixup


def check(evidence: "Evidence") -> Finding:
    """Judge the nearest neighbours of training inputs among validation inputs, as the first layer gets them."""
    found = evidence.views
    if found.images < ENOUGH:
        raise Skipped("the first layer got too few validation images to tell")
    if found.plain < 0.7:
        raise Skipped(f"nearest neighbours are right for {percent(found.plain)} of plain images only")
    value = f"recognised by plain images: {percent(found.augmented)}, these by each other: {percent(found.plain)}"
    remedy = paste(evidence.settings, "augment=none", "turn, flip and crop less: what people still read is enough")
    agreed = alignment(evidence.run.record.steps)
    share = found.augmented / found.plain / (min(agreed, 1.0) if agreed >= MIXED else 1.0)
    if share < FAILED:
        return failed(value, remedy)
    return warned(value, remedy) if share < WARNED else passed(value)


RULE = Rule(
    "DL109",
    "Augmentation keeps the class of an image",
    "how often the nearest validation images, shifted by a fourteenth of their side or not, have the class of a "
    "training image",
    "WARN below 55% of what validation images reach among each other, FAIL below 45%, both times the label's share "
    "in the loss where that mixes labels (mixup); measured with the affine and elastic augmentation here, which stay "
    "above",
    "A six that is turned upside down is a nine with the label six.",
    check,
    ("DL401", "DL402", "DL601", "DL604", "DL602", "DL603"),
)

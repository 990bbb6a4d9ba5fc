"""Whether labels belong to their images."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

MARGIN, ENOUGH = 0.05, 100


def check(evidence: "Evidence") -> Finding:
    """Judge the accuracy of the nearest neighbours, within training and on validation."""
    found = evidence.references
    if found.images < ENOUGH:
        raise Skipped(f"{found.images} images are too few for neighbours")
    floor = found.chance + MARGIN + 4 * math.sqrt(found.chance * (1 - found.chance) / found.images)
    value = (
        f"nearest neighbours are right for {percent(found.neighbours)}; the commonest class is {percent(found.chance)}"
    )
    if found.neighbours < floor:
        return failed(value, "read images and labels in the same order: check sorting, shuffling and file names")
    unseen = found.neighbours_on_validation
    if found.separate:
        return passed(f"{value}; validation images are other images (DL111)")
    if unseen is not None and len(evidence.val.labels) >= 50 and unseen < found.neighbours / 2:
        value = (
            f"nearest neighbours are right for {percent(found.neighbours)} in training, {percent(unseen)} in validation"
        )
        return failed(
            value, "read validation images and labels in the same order, and number the classes as in training"
        )
    return passed(value)


RULE = Rule(
    "DL106",
    "Labels belong to their images",
    "how often the ten most similar training images have an image's class, with up to 3,000 images; for validation too",
    "FAIL if that is no better than the commonest class by 5 points and 4 standard errors, or half as good in "
    "validation; similar pictures mostly show the same (Cover and Hart, 1967)",
    "With labels in another order than the images, a network can only learn them by heart.",
    check,
    ("DL107", "DL109", *SYMPTOMS_OF_TRAINING),
)

"""Whether labels belong to their images."""

import contextlib
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

FAR = 1.5  # times as far from validation images as these are from each other; turned and shifted ones are 1.1 to 1.4
RIGHT = 0.1  # share of wrong labels


def check(evidence: "Evidence") -> Finding:
    """Judge the accuracy of the nearest neighbours, within training and on validation."""
    found = evidence.references
    if found.few:
        raise Skipped(f"{found.images} images are too few for neighbours")
    value = (
        f"nearest neighbours are right for {percent(found.neighbours)}; the commonest class is {percent(found.chance)}"
    )
    if found.at_chance:
        if _are_changed(evidence):
            raise Skipped("augmented images look like nothing known (DL109); validation labels look right")
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


def _are_changed(evidence: "Evidence") -> bool:
    """Return whether augmentation has made other images of them, and labels of plain ones look right."""
    noise = evidence.references.noise_in_validation
    if not evidence.train.augmented or noise is None or noise > RIGHT:
        return False
    with contextlib.suppress(Skipped):
        return evidence.views.farther > FAR
    return False


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

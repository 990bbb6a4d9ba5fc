"""Whether labels are classes that the network has."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

COMMON, ENOUGH = 0.03, 300  # with so many images, a class of that share is left out by chance once in 10,000 times
LACKING = "mix the images before they are cut into parts"
REMEDY = "number the classes 0, 1, 2, ... without gaps, the same in every split"


def check(evidence: "Evidence") -> Finding:
    """Judge the smallest and the largest label of each split, and which classes training has none of."""
    known = set(evidence.train.all_labels.unique().tolist())
    if len(known) == 1:
        raise Skipped("all labels are the same (DL105)")
    for name, split in evidence.samples.items():
        if split.strange:
            return failed(f"{name} has label {split.strange[0]}", REMEDY)
        unknown = set(split.all_labels.unique().tolist()) - known
        if unknown and evidence.train.whole:
            value = f"{name} has classes that training has not: {listed(map(str, sorted(unknown)))}"
            return failed(value, f"{LACKING}; number the classes the same in every part")
        counts, lacking = evidence.train.all_labels.bincount(), sorted(known - set(split.all_labels.unique().tolist()))
        often = [one for one in lacking if counts[one] > COMMON * counts.sum()]
        if name == "val" and often and split.whole and evidence.train.whole and len(split.all_labels) >= ENOUGH:
            return failed(f"{name} has no image of class {listed(map(str, often))}", LACKING)
    missing = sorted(set(range(max(known) + 1)) - known)
    if missing == [0] and len(known) > 2 and evidence.train.whole:
        return failed(f"labels are counted from 1, to {max(known)}", REMEDY)
    if missing and evidence.train.whole:
        return warned(f"no training image of class {listed(map(str, missing))}", REMEDY)
    return passed(f"labels 0 to {max(known)}")


RULE = Rule(
    "DL104",
    "Labels are whole numbers from 0, and every class occurs",
    "all labels of the training, validation and test images that were seen",
    "FAIL for a negative label, labels from 1 instead of 0, a class that only validation or test has, or one of 3% or "
    "more that validation has not, WARN for a gap; cross-entropy counts classes from 0",
    "A class without training images is never predicted; a label beyond the outputs ends the training.",
    check,
    ("DL105", "DL201", "DL202", *SYMPTOMS_OF_TRAINING),
)

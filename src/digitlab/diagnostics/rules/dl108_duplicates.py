"""Whether images occur twice, and above all on both sides of a split."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LEAKED, TWICE = 0.01, 0.5


def check(evidence: "Evidence") -> Finding:
    """Judge how many validation and test images are training images, and how many of those are there twice."""
    known = set(evidence.train.prints)
    for name, split in evidence.samples.items():
        if name == "train" or not split.prints:
            continue
        leaked = sum(one in known for one in split.prints) / len(split.prints)
        if leaked > LEAKED:
            value = f"{percent(leaked)} of the {name} images are training images"
            return failed(value, "cut the data before anything is copied or augmented, each image into one part")
    twice = 1 - len(known) / max(1, len(evidence.train.prints))
    value = f"{percent(twice)} of the training images are there more than once"
    copied = twice > TWICE and not evidence.train.endless
    return warned(value, "leave out the copies") if copied else passed(value)


RULE = Rule(
    "DL108",
    "No image is in two parts of the data",
    "the bytes of all images that were seen, of training against validation and test",
    "FAIL if more than 1% of validation or test are training images, WARN if more than 50% of training are there "
    "twice; Barz and Denzler (2020) found 3 to 10% in a much used set, and its figures too good",
    "What is measured on images that were learnt by heart says nothing of new ones.",
    check,
    ("DL602", "DL604"),
)

"""Whether images differ at all."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

REMEDY = "look at the images that the loader gives: decoding, casting or cropping has emptied them"


def check(evidence: "Evidence") -> Finding:
    """Judge how many images are of one colour, and whether they are all the same."""
    train = evidence.train
    if not len(train.pixels):
        raise Skipped("the batches hold no labels, and so no images were kept")
    alike = len(train.pixels) > 1 and bool((train.pixels == train.pixels[0]).all())
    value = "all images are the same" if alike else f"{percent(train.varied)} of the images show something"
    if alike or train.varied < 0.95:
        return failed(value, REMEDY)
    return warned(value, REMEDY) if train.varied < 0.99 else passed(value)


RULE = Rule(
    "DL102",
    "Images differ from each other",
    "the share of training images that have more than one colour, and whether all are the same",
    "FAIL below 95% or if all are the same, WARN below 99%; an empty picture says nothing of its class",
    "A network cannot tell apart what is the same.",
    check,
    ("DL101", "DL106", "DL107", "DL108", *SYMPTOMS_OF_TRAINING),
)

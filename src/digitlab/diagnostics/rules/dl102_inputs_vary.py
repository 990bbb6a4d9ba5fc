"""Whether images differ at all."""

import contextlib
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
    if len(train.pixels) > 1 and bool((train.pixels == train.pixels[0]).all()):
        return failed("all images are the same", REMEDY)
    value = f"{percent(train.varied)} of the images show something"
    if train.varied >= 0.99:
        return passed(value)
    val = evidence.val_if_any
    if train.augmented and val is not None and val.varied >= 0.99:
        return warned(f"{value}; of those of validation {percent(val.varied)}", "crop and erase less")
    others_no_better = train.varied > 0.5 and _at_chance(evidence)
    return warned(value, REMEDY) if train.varied >= 0.95 or others_no_better else failed(value, REMEDY)


def _at_chance(evidence: "Evidence") -> bool:
    with contextlib.suppress(Skipped):
        return evidence.references.at_chance
    return False


RULE = Rule(
    "DL102",
    "Images differ from each other",
    "the share of training images that have more than one colour, and whether all are the same",
    "FAIL below 95% or if all are the same, WARN below 99%, or if augmentation alone does it, or if the others say "
    "nothing of their class either; an empty picture says nothing of its class",
    "A network cannot tell apart what is the same.",
    check,
    ("DL101", "DL106", "DL107", "DL108", *SYMPTOMS_OF_TRAINING),
)

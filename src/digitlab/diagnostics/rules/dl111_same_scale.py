"""Whether validation images are prepared as training images are."""

import contextlib
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LIKE_EACH_OTHER = 0.6  # times as often right are neighbours among training images as among plain ones


def check(evidence: "Evidence") -> Finding:
    """Judge the inputs of the first layer in validation against those in training."""
    remedy = "prepare validation and test images as those of training: the same steps, in the same order"
    with contextlib.suppress(Skipped):
        if evidence.references.turned:
            return failed(f"validation images are like those of training if {evidence.references.turned}", remedy)
        if evidence.references.separate and not _are_changed(evidence):
            return failed("validation images are recognised by each other, and not by those of training", remedy)
    record = evidence.run.record
    train, val = record.watch.inputs, record.watch.validation_inputs
    if train is None or val is None or not val.mean:
        raise Skipped("there was no validation, or no layer with weights gets the images")
    if middle(train.sd) < 1e-6:
        raise Skipped("training inputs are all the same")
    sd = max(middle(train.sd), 1e-12)
    shift, ratio = abs(middle(val.mean) - middle(train.mean)) / sd, middle(val.sd) / sd
    value = f"validation is shifted by {short(shift)} sd, its spread is {short(ratio)} times that of training"
    remedy = "normalise validation and test images with the numbers of training"
    if (shift > 1 or not 0.5 < ratio < 2) and not _are_changed(evidence):
        return failed(value, remedy)
    return warned(value, remedy) if shift > 0.4 or not 0.7 < ratio < 1.4 else passed(value)


def _are_changed(evidence: "Evidence") -> bool:
    """Return whether augmentation makes training images unlike any, each other too: that is for DL109 to judge."""
    with contextlib.suppress(Skipped):
        return evidence.train.augmented and evidence.references.neighbours < LIKE_EACH_OTHER * evidence.views.plain
    return False


RULE = Rule(
    "DL111",
    "Validation images are prepared as training images are",
    "mean and standard deviation of the first layer's inputs, in training and in validation; and where validation "
    "images are not like those of training, whether they are if mirrored, turned or inverted, or like each other",
    "FAIL if shifted by more than 1 sd or spread by more than 2 times, WARN from 0.4 sd or 1.4 times; measured: sets "
    "cut at random differ by less than 0.1",
    "A network is right only for what looks like its training images.",
    check,
    ("DL101", "DL106", "DL107", "DL109", "DL601", "DL604", "DL602", "DL603"),
)

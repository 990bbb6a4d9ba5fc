"""Whether dropout and BatchNorm are in training mode when training, and in evaluation mode when evaluating."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the mode of each such layer in the steps of training and validation."""
    record = evidence.run.record
    if record.watch.not_in_evaluation:
        value = f"in training mode while validating: {listed(sorted(record.watch.not_in_evaluation))}"
        return failed(value, "leave the mode to Lightning: no train() in steps, hooks or forward")
    if record.watch.not_in_training:
        value = f"in evaluation mode while training: {listed(sorted(record.watch.not_in_training))}"
        return warned(value, "call train() after eval(); frozen BatchNorm is meant in transfer learning only")
    if record.validated is None and not record.watch.layers:
        raise Skipped("nothing was run")
    return passed("training mode in training, evaluation mode in validation")


RULE = Rule(
    "DL501",
    "Each mode is used in its place",
    "training or evaluation mode of each dropout and BatchNorm layer, in training and in validation steps",
    "FAIL for one in training mode while validating, WARN for one in evaluation mode while training",
    "Dropout in evaluation makes figures worse and random; BatchNorm in training mode lets images of a batch decide "
    "on each other.",
    check,
    ("DL502", "DL503", "DL504", "DL602"),
)

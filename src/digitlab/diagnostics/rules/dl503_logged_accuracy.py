"""Whether the accuracy that is logged is the accuracy."""

import re
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

CLOSE = 0.02  # a mean over batches instead of images differs by less

CALLED = ("acc", "top1", "top_1", "top-1", "correct", "precision@1")
OTHERS = re.compile(r"incorrect|inacc|balanced|macro|class|top[-_@]?([2-9]|1\d)|dataloader_idx")


def check(evidence: "Evidence") -> Finding:
    """Judge what the module logs in validation against a count of its own scores."""
    seen = evidence.run.record.validated
    if seen is None or not seen.batches:
        raise Skipped("there was no validation")
    logged = {
        name: value / 100 if value > 1 else value
        for name, value in seen.logged.items()
        if name in evidence.run.record.logged_in_validation and _is_accuracy(name.lower()) and value <= 100
    }
    if not logged:
        raise Skipped("the module logs nothing in validation that is called an accuracy")
    remedy = "torchmetrics' accuracy of scores and labels, logged with on_epoch=True"
    if not seen.scored and evidence.run.record.call is not None:
        return failed(f"{next(iter(logged))} is logged, and no validation image was given to the network", remedy)
    if not seen.images:
        raise Skipped("the scores of validation images were not seen")
    true = seen.right / seen.images
    name = min(logged, key=lambda one: abs(logged[one] - true))  # others may be of an average of weights, say
    value = f"{name} is {percent(logged[name])}; counted: {percent(true)} of {seen.images} images"
    return failed(value, remedy) if abs(logged[name] - true) > CLOSE else passed(value)


def _is_accuracy(name: str) -> bool:
    return any(word in name for word in CALLED) and OTHERS.search(name) is None


RULE = Rule(
    "DL503",
    "The logged accuracy is the accuracy",
    "what the module logs in validation and calls an accuracy (acc, top1, correct), and how many of its highest "
    "scores are right",
    "FAIL if they differ by more than 2 points: a mean over batches of unequal size differs by less",
    "Runs are chosen by this number.",
    check,
)

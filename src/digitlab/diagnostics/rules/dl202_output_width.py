"""Whether there is a score for each class."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the width of the scores against the classes of the labels."""
    width, classes = evidence.first_scores.shape[1], evidence.classes
    value = f"{width} scores for {classes} classes"
    if width < classes:
        return failed(value, f"give the last layer {classes} outputs")
    if width > classes and evidence.train.whole:
        return warned(value, f"give the last layer {classes} outputs; the others are never right")
    return passed(value)


RULE = Rule(
    "DL202",
    "There is one score for each class",
    "the width of the scores in a training step, and the largest label",
    "FAIL for fewer scores than classes, WARN for more",
    "A class without a score cannot be predicted.",
    check,
    ("DL205", "DL201", *SYMPTOMS_OF_TRAINING),
)

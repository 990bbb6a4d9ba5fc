"""Whether a mark in an image tells its class."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

TELLS, FEW = 0.9, 0.15


def check(evidence: "Evidence") -> Finding:
    """Judge how often one pixel, or a strip at an edge, names the class by itself."""
    found = evidence.references
    if found.images < 200 or found.classes < 3:
        raise Skipped("there are too few images or classes to tell")
    value = f"one pixel tells the class of {percent(found.telling)}, an edge of {percent(found.edge)} of the images"
    remedy = "look at the corners and edges of the images: a mark, a border or a number that was written with the label"
    marked = (found.telling > TELLS and found.tellers < FEW) or found.edge > TELLS
    return failed(value, remedy) if marked else passed(value)


RULE = Rule(
    "DL113",
    "No mark tells the class",
    "how often the commonest class among the training images that share a pixel's value (of 32 steps) is right, for "
    "each pixel; how often neighbours are right that see only a seventh of the image, at one of its edges",
    "FAIL if at most 15% of the pixels, or an edge, are right for more than 90%; the best pixel of digits is right "
    "for about 30%, the best edge for 30%",
    "A network learns the mark instead of the picture, and is blind where nobody has put it.",
    check,
    ("DL106", "DL111", "DL601", "DL602", "DL603", "DL604"),
)

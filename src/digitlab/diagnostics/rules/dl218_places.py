"""Whether the network sees where in an image something is."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the scores of images whose pieces are in another order."""
    size = evidence.replay.placeless
    if not size:
        return passed("they change when pieces of the images change places")
    value = f"they are the same when pieces of {size} x {size} pixels change places"
    return failed(value, "add what tells places: position embeddings, larger kernels, or no pooling over all places")


RULE = Rule(
    "DL218",
    "The network sees where things are",
    "the scores of the same images with their pieces shuffled, of 1, 2, 4, 7, 8 and 14 pixels a side, at the first "
    "step",
    "FAIL if they change by less than a ten-thousandth of their spread",
    "Strokes in another order are another picture: a network that cannot tell these apart reads a bag of pieces.",
    check,
    ("DL212", "DL401", "DL402", "DL601", "DL604"),
)

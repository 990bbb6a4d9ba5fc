"""Whether each class has its share of the images."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

WARNED, FAILED = 0.1, 0.05
REMEDY = "collect more of the rare classes, draw them more often (WeightedRandomSampler), or weight the loss"


def check(evidence: "Evidence") -> Finding:
    """Judge the rarest class against the commonest."""
    counts = evidence.train.all_labels.bincount()
    counts = counts[counts > 0]
    if len(counts) < 2:
        return failed("all labels are the same", REMEDY)
    if int(counts.max()) < 20:
        raise Skipped(f"{int(counts.sum())} labels of {len(counts)} classes say nothing of their shares")
    ratio = float(counts.min() / counts.max())
    value = f"the rarest class has {int(counts.min())} images, the commonest {int(counts.max())}"
    if ratio < FAILED:
        return failed(value, REMEDY)
    return warned(value, REMEDY) if ratio < WARNED else passed(value)


RULE = Rule(
    "DL105",
    "Classes are balanced",
    "how many training images each class has",
    "WARN if the rarest class has less than 1/10 of the commonest, FAIL below 1/20 or with one class; Buda et al. "
    "(2018) see accuracy suffer from about 1/10 on",
    "The loss is a mean over images: what is rare hardly counts in it.",
    check,
    ("DL601", "DL604", "DL602"),
)

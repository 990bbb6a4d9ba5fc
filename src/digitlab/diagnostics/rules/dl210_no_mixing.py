"""Whether an image's scores depend on that image alone."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed
from digitlab.diagnostics.wording import short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge how the scores of a batch change when one image of it is changed, in evaluation mode."""
    mixes, own = evidence.replay.mixes, evidence.replay.own
    value = f"other images' scores move by {short(mixes)} of their spread"
    remedy = "look for view, reshape, flatten, softmax or mean over dimension 0, the batch"
    if own is not None and own < 1e-3:
        return failed(f"the scores of an image that is exchanged move by {short(own)} of their spread", remedy)
    return failed(value, remedy) if mixes > 0.01 and evidence.replay.differs < 1e-6 else passed(value)


RULE = Rule(
    "DL210",
    "Each image of a batch has its own answer",
    "the scores of all images of a batch when one is exchanged, in evaluation mode",
    "FAIL if those of the others move by more than 1% of the scores' spread, or its own by less than 0.1%; sums in "
    "another order come to 0.001%",
    "If an image's answer depends on its neighbours in the batch, so does what is learnt, and every figure.",
    check,
    ("DL204", "DL601", "DL604", "DL602", "DL401", "DL402", "DL603"),
)

"""Whether BatchNorm has enough images in a batch."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the size of a training batch, if anything normalises over it."""
    norms = evidence.subject.batch_norms()
    if not norms:
        raise Skipped("there is no BatchNorm")
    size = evidence.train.batch_size
    value, remedy = f"{size} images in a batch", paste(evidence.settings, "data.batch_size=32", "batches of 32 or more")
    slow = [layer.momentum for layer in norms if layer.momentum is not None and not 0.005 <= layer.momentum <= 0.6]
    if slow:
        return failed(f"{value}, momentum {slow[0]:g}", "momentum=0.1: torch's is the share of the new batch")
    if size < 4:
        return failed(value, remedy)
    return warned(value, remedy) if size < 8 else passed(value)


RULE = Rule(
    "DL215",
    "BatchNorm has enough images in a batch, and follows them",
    "the size of a training batch, and the momentum of the running statistics",
    "FAIL below 4 images or for a momentum outside 0.005 to 0.6, WARN below 8 images; errors rise steeply below 8 (Wu "
    "and He, Group normalization, 2018); others' momentum is 1 - torch's",
    "The mean of a few images is noise, and so is what is divided by their spread; running statistics that do not "
    "follow make evaluation another network.",
    check,
    ("DL307", "DL402", "DL601", "DL604", "DL602"),
)

"""Whether batches are of a size that suits the number of images."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the size of a batch, and how many an epoch has."""
    train, plan = evidence.train, evidence.plan
    if not plan.batches:
        raise Skipped("the number of batches is not known")
    value = f"{train.batch_size} images in a batch, {plan.batches} batches an epoch"
    suggested = 32 if len(train.all_labels) < 10_000 else 128
    remedy = paste(evidence.settings, f"data.batch_size={suggested}", f"batch_size={suggested}")
    if train.batch_size == 1 and plan.batches > 1:
        return failed(value, remedy)
    if plan.batches < 4 and train.batch_size > 64:
        return failed(value, remedy) if plan.steps < 60 else warned(value, remedy)
    return warned(value, remedy) if train.batch_size < 4 and plan.batches > 1 else passed(value)


RULE = Rule(
    "DL307",
    "Batches suit the number of images",
    "images in a batch, and batches in an epoch",
    "FAIL for batches of one image, or fewer than 4 large batches an epoch and 60 steps in all, WARN below 4 images "
    "or 4 batches; 2 to 32 images train best for the same number of epochs (Masters and Luschi, 2018)",
    "One image points anywhere; a batch of everything makes one step an epoch.",
    check,
    ("DL213", "DL308", "DL402", "DL403", "DL601", "DL604", "DL504", "DL302", "DL401"),
)

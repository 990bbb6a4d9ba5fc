"""How many training labels are wrong."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

WARNED, FAILED = 0.1, 0.15


def check(evidence: "Evidence") -> Finding:
    """Judge the estimate of confident learning."""
    found = evidence.references
    if found.images < 200:
        raise Skipped(f"{found.images} images are too few for an estimate")
    unseen, val = found.noise_in_validation, evidence.val_if_any
    if evidence.train.augmented and unseen is not None and unseen < WARNED / 2 <= found.noise:
        raise Skipped("augmented images look like those of other classes (DL109); validation labels look right")
    if evidence.train.augmented and val is not None and val.augmented and found.noise >= WARNED:
        raise Skipped("there are no images but augmented ones, which look like those of other classes")
    value = f"about {percent(found.noise)} of the labels look wrong"
    remedy = "look at the images whose neighbours have another label, and correct these labels"
    if found.noise >= FAILED:
        return failed(value, remedy)
    return warned(value, remedy) if found.noise >= WARNED else passed(value)


RULE = Rule(
    "DL107",
    "Few labels are wrong",
    "the share of training images whose neighbours are as sure of another class as of that class's own images",
    "WARN from 10%, FAIL from 15%; confident learning (Northcutt et al., 2021); hard sets without errors have some too",
    "A network fits wrong labels last, and then gets worse on the true ones.",
    check,
    ("DL109", "DL602", "DL401", "DL402", "DL601", "DL604"),
)

"""Whether every class is learnt."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LEAST = 10  # images of a class
MISSED = {0.6: 0.05, 0.8: 0.3}  # above which accuracy of all, below which accuracy of one


def check(evidence: "Evidence") -> Finding:
    """Judge the class that validation finds worst learnt after a short training."""
    seen = evidence.run.record.validated
    counts = {} if seen is None else {label: one for label, one in seen.by_class.items() if one[1] >= LEAST}
    if seen is None or len(counts) < 3:
        raise Skipped("there are too few validation images, or their scores were not seen")
    accuracy = seen.right / seen.images
    if accuracy < min(MISSED):
        raise Skipped(f"{percent(accuracy)} of all are right, which is too little to tell")
    label = min(counts, key=lambda one: counts[one][0] / counts[one][1])
    right, images = counts[label]
    value = f"{right} of {images} images of class {label} are right, {percent(accuracy)} of all"
    remedy = f"look for what leaves class {label} out: ignore_index, class weights, a sampler, another number for it"
    missed = max(share for all_of_them, share in MISSED.items() if accuracy >= all_of_them)
    return failed(value, remedy) if right < missed * images else passed(value)


RULE = Rule(
    "DL604",
    "Every class is learnt",
    "the validation accuracy of each class with 10 images or more, after a short training",
    "FAIL if one has below 5% right while all together have 60% or more, or below 30% while all have 80%; on digits "
    "the hardest class is near the rest",
    "A mean hides the class that is never right.",
    check,
)

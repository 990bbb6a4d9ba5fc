"""Whether shuffled labels teach less than true ones."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge validation after training on labels that were dealt out anew."""
    seen, chance = evidence.run.record.validated, evidence.references.chance
    if seen is None or seen.images < 50:
        raise Skipped("there are too few validation images, or their scores were not seen")
    if evidence.run.record.taught:
        raise Skipped("another network teaches too, whatever the labels are")
    true = seen.right / seen.images
    if true < chance + 0.15:
        raise Skipped(f"true labels teach nothing either ({percent(true)})")
    other = evidence.shuffled.record.validated
    if other is None or not other.images:
        raise Skipped("the training on shuffled labels had no validation")
    wrong = other.right / other.images
    value = f"{percent(wrong)} after shuffled labels, {percent(true)} after true ones"
    remedy = "find what else tells the class: its place in the batch, a mark in the image, a leak into validation"
    return failed(value, remedy) if wrong > chance + 0.5 * (true - chance) else passed(value)


RULE = Rule(
    "DL603",
    "Shuffled labels teach less than true ones",
    "validation accuracy of two short trainings, one on labels dealt out anew",
    "FAIL if shuffled labels reach half of what true ones add to chance (Zhang et al., 2017, on fitting random labels)",
    "Then it is not the labels that it learns from.",
    check,
    ("DL602",),
)

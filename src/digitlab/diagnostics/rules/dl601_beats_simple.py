"""Whether the network is better than a simple classifier."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

MARGIN = 0.05


def check(evidence: "Evidence") -> Finding:
    """Judge validation accuracy after a short training against nearest mean and linear model."""
    seen, found = evidence.run.record.validated, evidence.references
    if seen is None or seen.images < 50 or found.nearest_mean is None or found.linear is None:
        raise Skipped("there are too few validation images, or their scores were not seen")
    network = seen.right / seen.images
    value = (
        f"{percent(network)} after {len(evidence.run.record.steps)} steps; "
        f"nearest mean {percent(found.nearest_mean)}, linear {percent(found.linear)}"
    )
    remedy = "once nothing else fails: train longer, or at another rate"
    whole = evidence.run.record.completed
    if network < found.nearest_mean - 2 * MARGIN and not whole and (evidence.run.still_falling or evidence.was_brief):
        raise Skipped(f"{value}; a longer budget will tell")
    if network < found.nearest_mean - 2 * MARGIN:
        return failed(value, remedy)
    if whole and network < found.linear - MARGIN:
        return warned(value, remedy)
    return passed(value)


RULE = Rule(
    "DL601",
    "The network is better than a simple classifier",
    "validation accuracy after a short training; nearest class mean and linear model on up to 3,000 training images",
    "FAIL 10 points below the nearest mean, unless the loss still falls steeply, WARN 5 points below the linear model "
    "after the whole training",
    "A network that is worse than a mean of images has not learnt what it could.",
    check,
)

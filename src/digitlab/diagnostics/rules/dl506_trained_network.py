"""Whether validation looks at the network that is trained."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge whether any weight of the network that gives the scores in validation has moved in training."""
    record = evidence.run.record
    names = {name for name in record.weights_in_validation if record.weights.named[name].ndim >= 2}
    if record.validated is None or not names:
        raise Skipped("there was no validation, or its scores come from no module of their own")
    if not record.weights.moved():
        raise Skipped("no weight moves (DL309)")
    still = set(record.weights.still())
    if names <= still:
        value = f"validation uses {listed(sorted(names))}, which training never moves"
        return failed(value, "validate the network that is trained, or update its average after each step")
    return passed("the network that is validated is trained")


RULE = Rule(
    "DL506",
    "Validation looks at the network that is trained",
    "the matrices of the modules that run in validation, before and after a short training",
    "FAIL if none of them has changed",
    "A copy that nobody updates stays as it was initialised, however well the other one learns.",
    check,
    ("DL601", "DL602", "DL603", "DL604"),
)

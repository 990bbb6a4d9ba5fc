"""Whether all parameters want to be trained."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import listed, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

MUCH = 0.1  # of the parameters


def check(evidence: "Evidence") -> Finding:
    """Judge how many parameters want no gradient."""
    sizes = {name: parameter.numel() for name, parameter in evidence.subject.module.named_parameters()}
    aside = evidence.attempt.record.idle if evidence.has("attempt") else set()
    frozen = [name for name in evidence.plan.frozen if name in sizes and name not in aside]
    if not frozen:
        return passed("none is frozen")
    better = _beats_linear(evidence) if evidence.has("attempt") else None
    if better:
        return passed(f"{listed(frozen)} are frozen, and it learns more than a linear model of the pixels")
    share = sum(sizes[name] for name in frozen) / max(1, sum(sizes.values()))
    value = f"{percent(share)} of the parameters are frozen: {listed(frozen)}"
    remedy = "requires_grad_(True), unless these are features learnt on other data"
    return failed(value, remedy) if share == 1 or (better is False and share > MUCH) else warned(value, remedy)


def _beats_linear(evidence: "Evidence") -> bool | None:
    """Return whether frozen features are good ones, learnt on other data, say; `None` if that cannot be told."""
    try:
        seen, linear = evidence.run.record.validated, evidence.references.linear
    except Skipped:
        return None
    if seen is None or linear is None or seen.images < 50:
        return None
    return seen.right / seen.images > linear


RULE = Rule(
    "DL208",
    "No parameter is frozen by mistake",
    "the parameters that want no gradient",
    "WARN for any, FAIL for all, or for a tenth of them if validation is worse than a linear model's, PASS if it is "
    "better; freezing is meant in transfer learning, and a forgotten line elsewhere",
    "What is frozen stays as it was initialised.",
    check,
    ("DL209", "DL207", "DL213", "DL401", "DL402", "DL403", "DL601", "DL604", "DL302"),
)

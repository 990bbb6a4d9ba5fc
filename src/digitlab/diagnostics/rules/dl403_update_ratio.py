"""Whether steps are of a size that suits the weights."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, paste, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge by how much of its norm a layer's weights change in a step."""
    matrices = {name for name, one in evidence.subject.module.named_parameters() if one.ndim >= 2}
    steps = [step for step in evidence.run.record.steps if any(step.updates.values())]
    ratios = {
        name: middle(step.updates[name] for step in steps if name in step.updates)
        for name in matrices
        if any(name in step.updates for step in steps)
    }
    if not evidence.run.record.weights.moved():
        raise Skipped("no weight moves (DL309)")
    if not ratios:
        raise Skipped("no step of an optimizer was seen")
    largest, smallest = max(ratios, key=lambda one: ratios[one]), min(ratios, key=lambda one: ratios[one])
    value = f"from {short(ratios[smallest])} ({smallest}) to {short(ratios[largest])} ({largest})"
    lower = paste(evidence.settings, f"optimizer.lr={short(_rate(evidence) / 10)}", "a lower rate")
    higher = paste(evidence.settings, f"optimizer.lr={short(_rate(evidence) * 10)}", "a higher rate")
    if not ratios[largest] < 0.5:
        return failed(value, lower)
    if ratios[largest] < 1e-6:
        return failed(value, higher)
    if ratios[largest] > 0.2:
        return warned(value, lower)
    return warned(value, higher) if ratios[largest] < 1e-5 else passed(value)


def _rate(evidence: "Evidence") -> float:
    groups = [group for _, groups in evidence.plan.optimizers for group in groups]
    return float(max((*evidence.plan.rates, *(group.get("lr", 0.0) for group in groups)), default=0.0))


RULE = Rule(
    "DL403",
    "Steps are neither huge nor tiny",
    "norm of a step's change over the norm of the weights, of each matrix, median over a short training",
    "FAIL above 0.5, or if all are below 0.000001, WARN above 0.2 or below 0.00001; about 0.001 is usual (Karpathy, "
    "CS231n)",
    "A step as large as the weights forgets them; one of a millionth does nothing.",
    check,
    ("DL401", "DL402", "DL601", "DL604"),
)

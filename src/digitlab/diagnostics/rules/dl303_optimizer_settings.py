"""Whether an optimizer's other settings are in a range that works."""

from typing import TYPE_CHECKING, Any

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge epsilon, betas, momentum and direction of every group."""
    optimizers = evidence.plan.optimizers
    if not optimizers:
        raise Skipped("there is no optimizer")
    doubts: list[Finding] = []
    for name, groups in optimizers:
        for group in groups:
            doubts += _doubts(name, group, evidence.settings)
    worst = [one for one in doubts if one.status == "FAIL"] or doubts
    return worst[0] if worst else passed(", ".join(name for name, _ in optimizers))


def _doubts(name: str, group: dict[str, Any], settings: dict[str, Any] | None) -> list[Finding]:
    found = []
    if group.get("maximize"):
        found.append(failed(f"{name} has maximize=True", paste(settings, "optimizer.maximize=false", "maximize=False")))
    epsilon = group.get("eps")
    if isinstance(epsilon, int | float) and epsilon > 1e-4:
        remedy = paste(settings, "optimizer.eps=1e-8", "eps=1e-8")
        found.append((failed if epsilon > 1e-2 else warned)(f"{name} has eps={epsilon:g}", remedy))
    betas = group.get("betas")
    if isinstance(betas, tuple | list) and len(betas) >= 2:
        remedy = paste(settings, "optimizer.betas=[0.9,0.999]", "betas=(0.9, 0.999)")
        text = f"{name} has betas={tuple(betas)}"
        if betas[0] >= 0.99 or betas[1] < 0.5 or betas[1] >= 0.99999:
            found.append(failed(text, remedy))
        elif betas[0] > 0.97 or betas[1] < 0.8:
            found.append(warned(text, remedy))
    momentum = group.get("momentum")
    if isinstance(momentum, int | float) and momentum > 0.97:
        remedy = paste(settings, "optimizer.momentum=0.9", "momentum=0.9")
        found.append((failed if momentum >= 0.99 else warned)(f"{name} has momentum={momentum:g}", remedy))
    return found


RULE = Rule(
    "DL303",
    "The optimizer's other settings work",
    "epsilon, betas, momentum and direction of each parameter group",
    "FAIL for eps above 0.01, first beta or momentum from 0.99, second beta below 0.5 or from 0.99999, maximize; WARN "
    "for eps above 0.0001, beta or momentum above 0.97, second beta below 0.8; defaults are those of Kingma and Ba "
    "(2015)",
    "A large epsilon turns Adam into a slow gradient descent; averages over thousands of steps overshoot.",
    check,
    ("DL213", "DL217", "DL302", "DL401", "DL402", "DL403", "DL601", "DL604", "DL603"),
)

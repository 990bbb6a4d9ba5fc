"""Whether a schedule moves the rate, and leaves some for the rest."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste, percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

SPENT = 0.01  # of the highest rate


def check(evidence: "Evidence") -> Finding:
    """Judge the rate of every planned step."""
    plan = evidence.plan
    if plan.plateau:
        raise Skipped("the schedule waits for a metric, and cannot be foretold")
    if plan.manual:
        return _as_seen(evidence)
    if not plan.rates:
        raise Skipped("there is no schedule, or the training has no end")
    highest = max(plan.rates)
    remedy = paste(evidence.settings, "scheduler=cosine", "a schedule over the steps of this training")
    if highest <= 0:
        return failed("the rate is 0 all the time", remedy)
    if len(plan.rates) < plan.steps:
        return failed(f"it is made for {len(plan.rates)} steps, the training has {plan.steps}", remedy)
    groups = [group for _, groups in plan.optimizers for group in groups]
    meant = float(max((max(group.get("max_lr", 0), group.get("initial_lr", 0)) for group in groups), default=0))
    if highest < 0.5 * meant:
        value = f"it comes to {short(highest)} at most, and is made for {short(meant)}"
        return failed(value, remedy) if highest < 0.1 * meant else warned(value, remedy)
    useful = [number for number, rate in enumerate(plan.rates, 1) if rate > SPENT * highest]
    alive = len(useful) / len(plan.rates)
    value = f"from {short(plan.rates[0])} to {short(plan.rates[-1])}; above 1% of the highest for {percent(alive)}"
    if highest > 20 * plan.rates[0] and plan.rates[-1] >= 0.99 * highest:
        return failed(value, remedy)
    if alive < 0.3:
        return failed(value, remedy)
    if alive < 0.5 or (min(plan.rates) == highest and len(plan.rates) > 1):
        return warned(value if alive < 0.5 else "the rate never moves", remedy)
    return passed(value)


def _as_seen(evidence: "Evidence") -> Finding:
    """Judge the rates of the steps that were taken, where the module moves its schedule itself."""
    rates = [step.lr for step in evidence.run.record.steps if step.lr is not None]
    if len(set(rates)) < 2:
        raise Skipped("the module moves its rates itself, and did not in the short training")
    alive = sum(rate > SPENT * max(rates) for rate in rates) / max(evidence.plan.steps, len(rates))
    value = f"from {short(rates[0])} to {short(rates[-1])} in {len(rates)} of {evidence.plan.steps} steps"
    if rates[-1] > SPENT * max(rates) or alive > 0.5:
        return passed(value)
    remedy = "move the schedule once an epoch, or plan it over the steps of this training"
    return failed(value, remedy) if alive < 0.3 else warned(value, remedy)


RULE = Rule(
    "DL305",
    "The schedule moves, and does not end at once",
    "the rate of every planned step, from the schedule itself",
    "FAIL if the rate is above 1% of its highest for less than 30% of the steps, is always 0, only grows, stays below "
    "10% of the rate it is made for, or the schedule is made for fewer steps, WARN below 50% or if it never moves; "
    "the usual schedules keep it there for over 90%",
    "A schedule counted in steps instead of epochs is over before anything is learnt.",
    check,
    ("DL302", "DL402", "DL403", "DL601", "DL604"),
)

"""Whether the training loss falls."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import settled, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the cross-entropy at the end of a short training against a guess and against its start."""
    losses = [step.cross_entropy for step in evidence.run.record.steps if step.cross_entropy is not None]
    if len(losses) < 20:
        raise Skipped(f"{len(losses)} steps are too few to tell")
    guess = math.log(max(2, evidence.classes))
    last = settled(losses, 20)
    value = f"{short(last)} after {len(losses)} steps, from {short(losses[0])}; a guess is {short(guess)}"
    remedy = "once nothing else fails: more steps, more layers, another rate"
    if last > 0.8 * guess and evidence.run.learns:  # mixed images and labels, say
        return passed(f"{value}; validation shows that it learns")
    if last > 0.8 * guess and evidence.was_brief:
        raise Skipped(f"{value}; the budget ended it in the schedule's first steps")
    if not last < 0.95 * guess:
        return failed(value, remedy)
    return warned(value, remedy) if last > 0.8 * guess and len(losses) >= 200 else passed(value)


RULE = Rule(
    "DL402",
    "The training loss falls",
    "cross-entropy of the last 20 steps of a short training as planned",
    "FAIL above 95% of a guess, ln C, WARN above 80% after 200 steps, unless validation shows that it learns",
    "What does not fall in the first hundreds of steps rarely does later.",
    check,
    (
        "DL601",
        "DL604",
    ),
)

"""Whether training waits for its data."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned
from digitlab.diagnostics.wording import middle, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LONG = 0.02  # seconds a step: below, there is little to win


def check(evidence: "Evidence") -> Finding:
    """Judge the time that a step waits for its batch."""
    steps = evidence.run.record.steps[5:]
    if len(steps) < 10:
        raise Skipped("there were too few steps")
    waited, whole = middle(step.waited for step in steps), middle(step.seconds for step in steps)
    share = waited / whole if whole > 0 else 0.0
    value = f"{1000 * waited:.1f} of {1000 * whole:.1f} ms of a step ({percent(share)})"
    remedy = "decode once and keep the images in memory, or num_workers of the DataLoader"
    return warned(value, remedy) if share > 0.5 and waited > LONG else passed(value)


RULE = Rule(
    "DL701",
    "Training does not wait for its data",
    "the median time between the end of a step and its next batch, and between two steps",
    "WARN if it is more than half of a step and 20 ms",
    "The network stands idle while images are read.",
    check,
)

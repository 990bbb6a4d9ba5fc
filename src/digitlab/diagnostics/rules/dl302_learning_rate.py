"""Whether the learning rate suits network and data."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LOW, LOWEST = 8.0, 300.0  # times below the suggestion
ENOUGH = 100  # steps: before, a loss that falls is enough


def check(evidence: "Evidence") -> Finding:
    """Judge the highest planned rate against a range test, and what the short training made of it."""
    if not evidence.run.record.weights.moved() and evidence.plan.manual:
        raise Skipped("no weight moves (DL309)")
    plan, test = evidence.plan, evidence.lr_range
    rates = plan.rates or [group["lr"] for _, groups in plan.optimizers for group in groups if "lr" in group]
    if not rates:
        raise Skipped("no optimizer has a rate")
    rate, suggested, limit = float(max(rates)), test.suggestion, test.diverges_at
    if suggested is None:
        raise Skipped("no rate in the range test makes the loss smaller")
    fallen = evidence.run.fallen
    hardly = 0.5 if len(evidence.run.record.steps) >= ENOUGH else 1.0  # of the loss is left
    value = f"{short(rate)} at most; a range test suggests {short(suggested)}" + (
        f" and diverges at {short(limit)}" if limit is not None else ""
    )
    remedy = paste(evidence.settings, f"optimizer.lr={short(suggested)}", f"lr={short(suggested)}")
    if rate <= 0:
        return failed(value, remedy)
    if limit is not None and rate >= limit and fallen > hardly:
        return failed(value, remedy)
    if limit is not None and rate > 3 * limit:
        return warned(value, remedy)
    if rate < suggested / LOW and fallen > 0.7 and len(evidence.run.record.steps) >= ENOUGH:
        return failed(value, remedy)
    return warned(value, remedy) if rate < suggested / LOWEST and fallen > 1 / 3 else passed(value)


RULE = Rule(
    "DL302",
    "The learning rate suits network and data",
    "the highest rate that is planned, against the losses of 80 steps at rates from small to large (Smith, 2017)",
    "FAIL at or above the rate that diverges, or 8 times below the suggestion, if the loss hardly falls as well; WARN "
    "3 times above the one, or 300 times below the other if a third of the loss is left",
    "Too high a rate jumps over what it looks for, too low a one does not arrive.",
    check,
    ("DL213", "DL217", "DL401", "DL402", "DL403", "DL601", "DL604", "DL603"),
)

"""Whether the training is long enough to learn something."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, paste, percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LIMITS = {"limit_train_batches": 1.0, "overfit_batches": 0.0, "max_steps": -1, "fast_dev_run": False}


def check(evidence: "Evidence") -> Finding:
    """Judge the number of planned steps, and whether the loss still falls at the end of a training that fitted in."""
    plan, run = evidence.plan, evidence.run
    if not plan.steps:
        raise Skipped("the training has no planned end")
    epochs = int(evidence.subject.trainer_arguments.get("max_epochs") or 10)
    gathered = int(evidence.subject.trainer_arguments.get("accumulate_grad_batches") or 1)
    remedy = paste(evidence.settings, f"trainer.max_epochs={max(10, 3 * epochs)}", f"max_epochs={max(10, 3 * epochs)}")
    if gathered > 1:
        remedy = paste(evidence.settings, "trainer.accumulate_grad_batches=1", "accumulate_grad_batches=1")
    limits = {**LIMITS, "max_steps": max(1000, 10 * plan.batches)}
    for name, enough in limits.items():
        if evidence.subject.trainer_arguments.get(name) not in (None, LIMITS[name]):
            remedy = paste(evidence.settings, f"trainer.{name}={enough}", f"{name}={enough}")
    value = f"{plan.steps} steps"
    losses = run.losses
    if run.record.completed and len(losses) >= 8:
        quarter = len(losses) // 4
        before, after = middle(losses[-2 * quarter : -quarter]), middle(losses[-quarter:])
        falls = 1 - after / before if before > 0 else 0.0
        value += f"; the loss fell by {percent(falls)} in the last quarter, to {after:.3f}"
        if plan.steps < 100 and after > 0.5:
            return failed(value, remedy)
        if falls > 0.2 and after > 0.7:
            return warned(value, remedy)
    return failed(value, remedy) if plan.steps < 20 else passed(value)


RULE = Rule(
    "DL308",
    "The training is long enough",
    "the planned steps; and if all of them fit in, by how much the loss still falls in the last quarter",
    "FAIL below 20 steps, or below 100 if the loss is above 0.5, WARN if it is above 0.7 and falls by 20%",
    "What still falls steeply at the end was ended too early.",
    check,
    ("DL302", "DL402", "DL601", "DL604"),
)

"""Whether a training step runs."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, first_line
from digitlab.errors import Diverged

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge how a short training ended."""
    try:
        error = evidence.attempt.error
    except Skipped:
        error = evidence.errors.get("attempt")
        if error is None:
            raise
        return failed(f"the training cannot start: {first_line(error)[:160]}", "mend what this error says")
    steps = len(evidence.attempt.losses)
    if error is None and not evidence.attempt.record.steps:
        raise Skipped("there is no training batch, or no step was asked for")
    if error is None or isinstance(error, Diverged):
        return passed(f"{steps} steps")
    kind, place = type(error).__name__, f"after {steps} steps" if steps > 1 else "in the first step"
    return failed(
        f"{kind} {place}: {first_line(error)[:160]}", "mend what this error says; the training ends there too"
    )


RULE = Rule(
    "DL201",
    "Training and validation steps run",
    "a short training as planned, with a validation at its end",
    "FAIL for any error",
    "What fails here fails in the real training, after its start or after an epoch.",
    check,
    ("DL203", "DL501", "DL502", *SYMPTOMS_OF_TRAINING),
)

"""Whether what callbacks and schedules go by is logged, and which way is better."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LESS = ("loss", "error", "err", "entropy", "nll")
MORE = ("acc", "accuracy", "f1", "auroc", "auc", "precision", "recall")
OPPOSITE = {"min": "max", "max": "min"}


def check(evidence: "Evidence") -> Finding:
    """Judge the names that are monitored against those that a short training has logged, and their directions."""
    monitors, logged = evidence.plan.monitors, evidence.run.record.logged
    if not monitors:
        raise Skipped("nothing is monitored")
    for owner, name, mode in monitors:
        if name not in logged:
            there = f"; there are {listed(sorted(logged))}" if logged else ""
            return failed(f"{owner} monitors {name}, which is not logged{there}", "monitor a name that self.log logs")
        better = _better(name)
        if better is not None and mode == OPPOSITE[better]:
            return failed(f"{owner} takes {mode} of {name} for better", f'mode="{better}"')
    return passed(listed(f"{owner}: {mode} of {name}" for owner, name, mode in monitors))


def _better(name: str) -> str | None:
    words = name.lower().replace("/", "_").replace("-", "_").replace(".", "_").split("_")
    less, more = any(word in LESS for word in words), any(word in MORE for word in words)
    return None if less == more else "min" if less else "max"


RULE = Rule(
    "DL505",
    "What is monitored is logged, and better is better",
    "the monitor and mode of callbacks and schedules, and the names that a short training logs",
    "FAIL for a name that is not logged, for mode=min of an accuracy and mode=max of a loss",
    "Early stopping and checkpoints that go by nothing, or by the worst, throw the training away.",
    check,
    ("DL302", "DL402", "DL601", "DL604"),
)

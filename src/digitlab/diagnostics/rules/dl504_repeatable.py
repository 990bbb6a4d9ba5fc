"""Whether the same seed gives the same run."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the first losses of two trainings with the same seed."""
    first, second = evidence.repeated
    if len(first) < 2 or not all(map(_known, first)):
        raise Skipped("the losses are not known")
    value = f"{len(first)} losses, the last ones {first[-1]:.9g} and {second[-1]:.9g}"
    if first == second:
        return passed(value)
    return warned(value, "seed every generator: of the loader, of augmentation, of NumPy; no set or time decides")


def _known(value: float) -> bool:
    return value == value


RULE = Rule(
    "DL504",
    "The same seed gives the same run",
    "the first four losses of two trainings of the same copy",
    "WARN if they are not equal to the bit",
    "Without it, no change can be told from luck.",
    check,
)

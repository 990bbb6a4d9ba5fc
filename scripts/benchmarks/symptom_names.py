"""The measures of the suite `remedies`: what each is called, when less of it is better, and how it is written.

Stands apart from what measures them, which loads torch.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

RATIO = "gradient, first / last layer"
LARGEST = "largest gradient norm"
DEAD = "dead units [%]"
TRAIN_ACC = "training accuracy [%]"
VAL_ACC = "validation accuracy [%]"
VAL_LOSS = "validation loss"
CURVE_SPREAD = "swing of the last 5 epochs [%]"
DIVERGED = "diverged [%]"
GUESSING = 10.0  # accuracy of ten classes; what a run counts that ended without usable weights


class Measure(NamedTuple):
    """A number by which a symptom is known.

    Attributes:
        name: As in the figures.
        badness: Of a value: less is better.
        powers: Whether it spans powers of ten; its mean is then the geometric one, its deviation a factor.
    """

    name: str
    badness: Callable[[float], float]
    powers: bool = False


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(RATIO, lambda value: abs(math.log10(max(value, 1e-30))), powers=True),
        Measure(LARGEST, lambda value: math.log10(max(value, 1e-30)), powers=True),
        Measure(DEAD, lambda value: value),
        Measure(TRAIN_ACC, lambda value: -value),
        Measure(VAL_ACC, lambda value: -value),
        Measure(VAL_LOSS, lambda value: value),
        Measure(CURVE_SPREAD, lambda value: value),
    )
}
Values = Sequence[float | None]


def written(name: str, values: Values) -> str:
    """Return mean and standard deviation as a table has them; "-" if there is no value."""
    there = [value for value in values if value is not None]
    if not there:
        return "-"
    if MEASURES[name].powers:
        logs = [math.log10(max(value, 1e-30)) for value in there]
        spread = f" ×/÷ {10 ** statistics.stdev(logs):.1f}" if len(logs) > 1 else ""
        return f"{10 ** statistics.fmean(logs):.2g}{spread}"
    spread = f" ± {statistics.stdev(there):{_digits(name)}}" if len(there) > 1 else ""
    return f"{statistics.fmean(there):{_digits(name)}}{spread}" + (" %" if name.endswith("[%]") else "")


def _digits(name: str) -> str:
    return ".1f" if name.endswith("[%]") else ".3f"


def verdict(name: str, sick: Values, treated: Values) -> str:
    """Return "better", "worse" or "no difference": two standard errors of the difference of the means decide.

    Args:
        name: Of the measure.
        sick: Its values without the remedy, a seed each.
        treated: With it.
    """
    badness = MEASURES[name].badness
    before, after = ([badness(value) for value in values if value is not None] for values in (sick, treated))
    if min(len(before), len(after)) < 2:
        return "not told"
    error = math.sqrt(statistics.variance(before) / len(before) + statistics.variance(after) / len(after))
    gain = statistics.fmean(before) - statistics.fmean(after)
    if abs(gain) <= 2 * error or gain == 0:
        return "no difference"
    return "better" if gain > 0 else "worse"

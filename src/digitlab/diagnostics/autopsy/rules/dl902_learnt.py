"""Whether the network has learnt anything at all."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.autopsy.metrics_file import Series, series
from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver

SHARE = 0.1  # of the way from chance to perfect
FALL = 0.95  # of the loss of guessing


def check(run: "RunOver") -> Finding:
    """Judge the best accuracy, or the lowest training loss where there is none."""
    classes, remedy = run.classes, f"{run.another_rate()}; python src/diagnose.py tells what keeps it from learning"
    accuracy = _first(run, ("val", "acc"), ("train", "acc"))
    if accuracy is not None and classes is not None:
        best, chance = max(_finite(accuracy), default=0.0), 1 / classes
        bound = chance + SHARE * (1 - chance)
        value = f"{accuracy.name} {percent(best)} at best, chance {percent(chance)}"
        return passed(value) if best > bound else failed(value, remedy)
    loss = series(run.rows, "train", "loss")
    values = _finite(loss)
    if not values:
        raise Skipped("no training loss is a finite number")
    if classes is None and len(values) < 2:
        raise Skipped("one epoch, and the number of classes is not known")
    start = math.log(classes) if classes is not None else values[0]
    value = f"{loss.name} {short(min(values))} at its lowest, {short(start)} {'by chance' if classes else 'at first'}"
    return passed(value) if min(values) < FALL * start else failed(value, remedy)


def _first(run: "RunOver", *wanted: tuple[str, str]) -> Series | None:
    for split, kind in wanted:
        try:
            return series(run.rows, split, kind)
        except Skipped:
            continue
    return None


def _finite(curve: Series) -> list[float]:
    return [value for value in curve.values if math.isfinite(value)]


RULE = Rule(
    "DL902",
    "The network is better than chance",
    "the best accuracy of any epoch; without one the lowest training loss beside ln C, the loss of guessing",
    "FAIL if the best accuracy is not a tenth of the way from chance (1/C) to 1, or the loss not 5% below ln C",
    "A loss that never fell says that something is wrong in data, model or rate, not that it needs more time.",
    check,
    ("DL904", "DL905", "DL906", "DL907", "DL908", "DL910", "DL801", "DL802", "DL803", "DL804"),
)

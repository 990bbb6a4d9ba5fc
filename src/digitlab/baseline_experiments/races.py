"""A race over each surface: every optimizer is tuned on some starts and measured on others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.module import Array
from digitlab.baseline_experiments.rates import RIVALS, Sweep
from digitlab.baseline_experiments.surfaces import SURFACES, Surface, descend, heights
from digitlab.reports.console import watched

RACERS = ("GD", "momentum", "Nesterov", "RMSprop", "Adam")  # on exact gradients; AdamW would pull towards (0, 0)
TUNING_STARTS, FRESH_STARTS = 32, 32
ARRIVED = 1e-12  # a height this low counts as this height: what lies below is rounding


@dataclass(frozen=True)
class Racer:
    """One optimizer on one surface.

    Attributes:
        sweep: Heights after the last step, from the starts for tuning.
        heights: After the last step at the best rate, from fresh starts, `(FRESH_STARTS,)`.
        path: At the best rate from the first fresh start, `(steps + 1, 2)`.
    """

    sweep: Sweep
    heights: Array
    path: Array


Races = Mapping[str, Mapping[str, Racer]]  # by surface and optimizer


def race_all(rates: Array, steps: int, rng: np.random.Generator) -> Races:
    """Tune and race every optimizer on every surface; all get the same rates, steps and starts.

    Args:
        rates: The grid.
        steps: Of tuning and race alike.
        rng: Draws the starts.
    """
    races = {}
    for name in watched(SURFACES, "surfaces"):
        tuning, fresh = (SURFACES[name].draw_starts(count, rng) for count in (TUNING_STARTS, FRESH_STARTS))
        races[name] = {racer: _race(SURFACES[name], racer, rates, steps, tuning, fresh) for racer in RACERS}
    return races


def _race(surface: Surface, name: str, rates: Array, steps: int, tuning: Array, fresh: Array) -> Racer:
    reached = [_left(surface, descend(surface, RIVALS[name], rate, tuning, steps)[-1]) for rate in rates]
    sweep = Sweep(rates, np.array(reached))
    paths = descend(surface, RIVALS[name], sweep.best_rate, fresh, steps)
    return Racer(sweep, _left(surface, paths[-1]), paths[:, 0])


def _left(surface: Surface, points: Array) -> Array:
    return np.maximum(heights(surface, points), ARRIVED)

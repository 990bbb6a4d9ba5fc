"""Learning rates compared fairly: the same grid for every optimizer, and how it fares at each of its rates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.module import Array, Parameter
from digitlab.baseline.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop

Make = Callable[[Iterable[Parameter], float], Optimizer]

RIVALS: dict[str, Make] = {
    "GD": SGD,  # on all examples at once; the next one is the same formula on small batches
    "SGD": SGD,
    "momentum": lambda parameters, lr: SGD(parameters, lr, momentum=0.9),
    "Nesterov": lambda parameters, lr: SGD(parameters, lr, momentum=0.9, nesterov=True),
    "RMSprop": RMSprop,
    "Adam": Adam,
    "AdamW": AdamW,
}


def rate_grid(lowest: float, highest: float, per_decade: int) -> Array:
    """Return rates at equal ratios, both ends among them.

    Args:
        lowest: A power of ten.
        highest: A larger one.
        per_decade: Rates from one power of ten to the next, one end counted.
    """
    first, last = (round(np.log10(rate)) for rate in (lowest, highest))
    return 10 ** (np.arange(first * per_decade, last * per_decade + 1) / per_decade)


@dataclass(frozen=True)
class Sweep:
    """What an optimizer reached at each rate.

    Attributes:
        rates: Ascending, `(R,)`.
        losses: Of each rate and run, `(R, N)`; infinite where a run diverged.
    """

    rates: Array
    losses: Array

    @property
    def means(self) -> Array:
        """Mean over the runs, `(R,)`; infinite if one of them diverged."""
        with np.errstate(over="ignore"):
            return self.losses.mean(axis=1)

    @property
    def best(self) -> int:
        """Index of the rate with the lowest mean; where several share it, the middle one of them."""
        lowest = np.flatnonzero(self.means == self.means.min())
        return int(lowest[len(lowest) // 2])

    @property
    def best_rate(self) -> float:
        """The rate with the lowest mean."""
        return float(self.rates[self.best])

    @property
    def at_edge(self) -> bool:
        """Whether the best rate is the grid's first or last, so that a better one may lie beyond."""
        return self.best in (0, len(self.rates) - 1)

    def good_rates(self, factor: float) -> tuple[float, float]:
        """Return the ends of the unbroken range of rates around the best whose mean is at most `factor` times its mean.

        Between two rates of the grid the logarithm of the mean is taken as a straight line over that of the rate. A
        range ends at its last rate before one that diverged.
        """
        limit = np.log(factor * self.means[self.best])
        return self._reach(limit, -1), self._reach(limit, 1)

    def decades(self, factor: float) -> float:
        """Return the width of that range in powers of ten."""
        low, high = self.good_rates(factor)
        return float(np.log10(high / low))

    def _reach(self, limit: float, direction: int) -> float:
        """Return the rate at which the logarithm of the mean passes `limit`, going up or down from the best."""
        place = self.best
        while 0 <= place + direction < len(self.rates):
            here, there = np.log(self.means[[place, place + direction]])
            if there > limit:
                way = (limit - here) / (there - here) if np.isfinite(there) else 0.0
                ratio = self.rates[place + direction] / self.rates[place]
                return float(self.rates[place] * ratio**way)
            place += direction
        return float(self.rates[place])


def mean_sd(values: Array) -> str:
    """Write mean and standard deviation: 0.135 ± 0.021."""
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"


def show_rate(rate: float) -> str:
    """Write a rate with two digits: 0.0022, 0.1, 4.6."""
    return f"{rate:.2g}"

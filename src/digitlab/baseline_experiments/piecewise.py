"""Piecewise linear functions as nets with one hidden layer of ReLUs: how the best net of a width can be built.

A function with `width` kinks that has one level piece is a net of that width: a unit for each kink, which looks away
from the level piece and is weighted with the change of slope; the level is the output's bias.
"""

from typing import NamedTuple

import numpy as np

from digitlab.baseline.activations import ReLU
from digitlab.baseline.containers import Sequential
from digitlab.baseline.linear import Linear
from digitlab.baseline.module import Array

REFINED = 16  # kinks of the widest net whose kinks are moved; with 32 it would win 11% and take seconds
ROUNDS = 10


class Spline(NamedTuple):
    """A continuous piecewise linear function on an interval.

    Attributes:
        knots: The interval's left end, the kinks, its right end: ascending, `(width + 2,)`.
        values: At the knots, `(width + 2,)`.
        level: Number of the level piece, in 0..width: between `knots[level]` and the next.
    """

    knots: Array
    values: Array
    level: int


def spread(x: Array, density: Array, count: int) -> Array:
    """Return `count` inner knots and both ends, with the same share of the density between each two.

    Args:
        x: Ascending places, `(N,)`.
        density: At these places, not negative. For the least squares error |f''|^(2/5) is best in the limit.
        count: Of inner knots.

    References:
        de Boor, "A Practical Guide to Splines", 1978.
    """
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    return np.interp(np.linspace(0, area[-1], count + 2), area, x)


def best_rmse(x: Array, curvature: Array, width: int) -> float:
    """Return the root mean square error that the best spline of `width` kinks comes to in the limit of many.

    A piece of length h misses f by h² |f''| / √720. With pieces of the best lengths the whole interval of length L is
    missed by (∫ |f''|^(2/5))^(5/2) / √(720 L) / pieces². The level piece wins nothing, so there are as many as kinks.

    Args:
        x: Ascending places, `(N,)`.
        curvature: f'' there.
        width: Number of kinks.
    """
    area = np.sum(np.abs(curvature[1:]) ** 0.4 * np.diff(x))
    return float(area**2.5 / np.sqrt(720 * (x[-1] - x[0])) / width**2)


def least_squares(knots: Array, level: int, x: Array, y: Array) -> tuple[Spline, float]:
    """Return the spline on these knots that is nearest to `y` at `x`, and its root mean square error.

    The basis are the hats, 1 at one knot and 0 at the others; the two at the ends of the level piece count as one.
    """
    piece = np.searchsorted(knots[1:-1], x)
    share = (x - knots[piece]) / (knots[piece + 1] - knots[piece])
    rows = np.arange(len(x))
    hats = np.zeros((len(x), len(knots)))  # (N, width + 2)
    hats[rows, piece], hats[rows, piece + 1] = 1 - share, share
    hats[:, level] += hats[:, level + 1]
    hats = np.delete(hats, level + 1, axis=1)  # (N, width + 1)
    values = np.linalg.lstsq(hats, y, rcond=None)[0]
    error = float(np.sqrt(np.mean((hats @ values - y) ** 2)))
    return Spline(knots, np.insert(values, level + 1, values[level]), level), error


def refine(knots: Array, level: int, x: Array, y: Array) -> tuple[Spline, float]:
    """Move one kink after the other, by ever smaller steps, wherever that makes the error smaller."""
    best = least_squares(knots, level, x, y)
    step = 0.3 * (x[-1] - x[0]) / len(knots)
    for _ in range(ROUNDS):
        for kink in range(1, len(knots) - 1):
            for move in (-step, step):
                moved = best[0].knots.copy()
                moved[kink] += move
                if (np.diff(moved) > 0).all():
                    best = min(best, least_squares(moved, level, x, y), key=lambda candidate: candidate[1])
        step *= 0.6
    return best


def construct(x: Array, y: Array, density: Array, width: int) -> Spline:
    """Return the best spline with `width` kinks that we find: kinks by density, values by least squares, then moves.

    Args:
        x: Dense ascending places, `(N,)`.
        y: The function there.
        density: Of kinks, there.
        width: Number of kinks.
    """
    knots = spread(x, density, width)
    middles = np.interp((knots[1:] + knots[:-1]) / 2, x, np.abs(np.gradient(y, x)))
    levels = np.argsort(middles)[:6]  # where the function is nearly level anyway
    found = [least_squares(knots, int(level), x, y) for level in levels]
    if width <= REFINED:
        start = min(found, key=lambda candidate: candidate[1])[0]
        found = [refine(knots, int(level), x, y) for level in (levels if width <= 4 else [start.level])]
    return min(found, key=lambda candidate: candidate[1])[0]


def as_net(spline: Spline) -> Sequential:
    """Return the net (linear, ReLU, linear) that is this function on the interval.

    Kinks left of the level piece get a unit ReLU(t - x), the others ReLU(x - t). Either adds its weight to the change
    of slope at t, so the weight is that change.
    """
    kinks = spline.knots[1:-1]
    change = np.diff(np.diff(spline.values) / np.diff(spline.knots))
    side = np.where(np.arange(len(kinks)) < spline.level, -1.0, 1.0)
    rng = np.random.default_rng(0)  # what is drawn is overwritten
    net = Sequential(Linear(1, len(kinks), rng=rng), ReLU(), Linear(len(kinks), 1, rng=rng))
    net.load_state_dict({
        "0.weight": side[:, None],
        "0.bias": -side * kinks,
        "2.weight": change[None, :],
        "2.bias": spline.values[[spline.level]],
    })  # fmt: skip
    return net

"""The lesson's duel of SGD and Adam over one weight: as it is often shown, and with equal chances for both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitlab.baseline.module import Array
from digitlab.baseline.optimizers import SGD, Adam
from digitlab.baseline_experiments.one_weight import Samples, draw, errors, settling
from digitlab.baseline_experiments.outcome import Bound, Outcome, Table
from digitlab.baseline_experiments.rates import Make, Sweep, mean_sd, rate_grid, show_rate
from digitlab.errors import UserError
from digitlab.reports.console import watched

DUEL: Mapping[str, Make] = {"SGD": SGD, "Adam": Adam}
LESSON_RATES = {"SGD": 0.05, "Adam": 0.3}
LOWEST_RATE, HIGHEST_RATE = 1e-3, 10.0
NOISES = (0.0, 0.1, 0.2, 0.5)  # of the table
UNITS = 10**0.5  # the same data in units smaller by this: gradients grow tenfold
GOOD = 1.5  # a rate is good if its mean steps are at most this times the best rate's


@dataclass(frozen=True)
class Duel:
    """One optimizer with equal chances: tuned on some seeds, measured on `n` others.

    Attributes:
        sweep: Steps until it settles.
        other_units: The same, of the same data in other units.
        errors: |w - w*| before the first and after each step at that best rate, `(steps + 1, n)`.
        settled: The steps until it settles there, `(n,)`.
        last_rate: The rate with the lowest mean error after the last step.
        last_errors: The error after the last step at this other rate, `(n,)`.
    """

    sweep: Sweep
    other_units: Sweep
    errors: Array
    settled: Array
    last_rate: float
    last_errors: Array


@dataclass(frozen=True)
class Story:
    """Unfair and fair: |w - w*| after each step; and the setting that the pictures name."""

    unfair: Mapping[str, Array]
    fair: Mapping[str, Duel]
    tolerance: float


def run(*, noise: float, steps: int, tolerance: float, seeds: int, rates_per_decade: int, seed: int) -> Outcome:
    """Fit w in y = w x + noise, one sample a step, and count the steps until |w - w*| stays within the tolerance.

    Args:
        noise: Standard deviation of y around w x; x is from U(-1, 1).
        steps: Of each fit; a weight that never settles counts as `steps` + 1.
        tolerance: Of |w - w*|; w* is 2 and the first guess 0.
        seeds: Weights for tuning, and as many fresh ones that are reported.
        rates_per_decade: Rates from one power of ten to the next.
        seed: Of all samples.
    """
    rates = rate_grid(LOWEST_RATE, HIGHEST_RATE, rates_per_decade)

    def samples(level: float, part: int) -> Samples:
        return draw(level, steps, seeds, np.random.default_rng([seed, part]))

    def duel_at(level: float) -> dict[str, Duel]:
        return {name: duel(make, rates, samples(level, 0), samples(level, 1), tolerance) for name, make in DUEL.items()}

    unfair = {  # each has samples of its own, and a rate that nobody tuned
        name: errors(make, LESSON_RATES[name], samples(noise, part))
        for part, (name, make) in enumerate(DUEL.items(), 1)
    }
    levels = {level: duel_at(level) for level in watched(sorted({*NOISES, noise}), "noise")}
    return report(Story(unfair, levels[noise], tolerance), levels, noise)


def check(*, seeds: int, **others: object) -> None:
    """Refuse a single seed.

    Raises:
        UserError: Since one value has no standard deviation.
    """
    if seeds < 2:
        raise UserError(f"seeds must be at least 2 for a mean with its standard deviation, got {seeds}")


def duel(make: Make, rates: Array, tuning: Samples, fresh: Samples, tolerance: float) -> Duel:
    """Tune one optimizer on the mean of the tuning seeds, to settle soonest and to end nearest, and measure it."""
    paths = [errors(make, float(rate), tuning) for rate in rates]
    sweep = Sweep(rates, np.array([settling(path, tolerance) for path in paths]))
    last = Sweep(rates, np.array([path[-1] for path in paths]))
    scaled = tuning.in_units(UNITS)
    other = Sweep(rates, np.array([settling(errors(make, float(rate), scaled), tolerance) for rate in rates]))
    path = errors(make, sweep.best_rate, fresh)
    nearest = errors(make, last.best_rate, fresh)[-1]
    return Duel(sweep, other, path, settling(path, tolerance), last.best_rate, nearest)


def report(story: Story, levels: Mapping[float, Mapping[str, Duel]], noise: float) -> Outcome:
    """Say who settles sooner, at this noise and at others."""
    sgd, adam = story.fair["SGD"], story.fair["Adam"]
    count, steps = len(sgd.settled), len(sgd.errors) - 1
    ratios = {level: float(pair["SGD"].settled.mean() / pair["Adam"].settled.mean()) for level, pair in levels.items()}
    shown = {name: f"{one.settled.mean():.0f} ± {one.settled.std(ddof=1):.0f}" for name, one in story.fair.items()}
    unfair = {name: float(np.median(story.unfair[name][min(10, steps)])) for name in DUEL}
    figures: dict[str, Any] = {"seeds": count, "noise": noise, "sgd_over_adam": ratios[noise]}
    for name, one in story.fair.items():
        figures |= {f"{name}/lr": one.sweep.best_rate, f"{name}/steps": float(one.settled.mean())}
        figures |= {f"{name}/steps_sd": float(one.settled.std(ddof=1)), f"{name}/good_decades": one.sweep.decades(GOOD)}
    return Outcome(
        summary=f"sgd_vs_adam: tuned, same samples, SGD {show_rate(sgd.sweep.best_rate)} needs {shown['SGD']} steps, "
        f"Adam {show_rate(adam.sweep.best_rate)} {shown['Adam']} (n = {count}), SGD no later in "
        f"{np.mean(sgd.settled <= adam.settled):.0%}; at the lesson's rates Adam is "
        f"{unfair['Adam']:.1f} off after 10 steps and SGD {unfair['SGD']:.1f}",
        figures=figures,
        metrics=[*_sweep_rows(story), *_path_rows(story)],
        bounds=[
            Bound("steps of SGD over steps of Adam, both tuned", ratios[noise], at_most=1.05),
            Bound("the same, largest over all noises", max(ratios.values()), at_most=1.2),
            Bound("the same, without noise", ratios[0.0], at_most=0.5),
            Bound("decades by which other units move Adam's best rate", _moved(adam), at_most=0.3),
            Bound("decades by which other units move SGD's best rate", _moved(sgd), at_least=0.7),
        ],
        story=story,
        tables=[duel_table(levels, steps)],
    )


def duel_table(levels: Mapping[float, Mapping[str, Duel]], steps: int) -> Table:
    """Return what both reach at each noise: steps until they settle, and the last error, each at its best rate."""
    rows = []
    for level, pair in levels.items():
        sooner = np.mean(pair["SGD"].settled <= pair["Adam"].settled)
        cells = [
            cell
            for one in (pair["SGD"], pair["Adam"])
            for cell in (
                f"{one.settled.mean():.0f} ± {one.settled.std(ddof=1):.0f} at {show_rate(one.sweep.best_rate)}",
                f"{mean_sd(one.last_errors)} at {show_rate(one.last_rate)}",
            )
        ]
        rows.append([f"{level:g}", cells[0], cells[2], f"{sooner:.0%}", cells[1], cells[3]])
    columns = ("noise", "SGD: steps", "Adam: steps", "SGD no later", "SGD: last error", "Adam: last error")
    count = len(next(iter(levels.values()))["SGD"].settled)
    return Table(f"Both at their best rates, mean ± sd over {count} fresh seeds of {steps} steps", columns, rows)


def _moved(one: Duel) -> float:
    return float(abs(np.log10(one.other_units.best_rate / one.sweep.best_rate)))


def _sweep_rows(story: Story) -> Iterator[dict[str, Any]]:
    for name, one in story.fair.items():
        for part, sweep in (("tuning", one.sweep), ("tuning, other units", one.other_units)):
            for rate, mean, deviation in zip(sweep.rates, sweep.means, sweep.losses.std(axis=1, ddof=1), strict=True):
                yield {"part": part, "optimizer": name, "lr": rate, "steps": mean, "steps_sd": deviation}


def _path_rows(story: Story) -> Iterator[dict[str, Any]]:
    races = {"unfair": story.unfair, "fair": {name: one.errors for name, one in story.fair.items()}}
    rates = {"unfair": LESSON_RATES, "fair": {name: one.sweep.best_rate for name, one in story.fair.items()}}
    for part, race in races.items():
        for name, distance in race.items():
            for step, (low, middle, high) in enumerate(np.quantile(distance, (0.1, 0.5, 0.9), axis=1).T):
                row = {"part": part, "optimizer": name, "lr": rates[part][name], "step": step}
                yield row | {"error_10": low, "error_median": middle, "error_90": high}

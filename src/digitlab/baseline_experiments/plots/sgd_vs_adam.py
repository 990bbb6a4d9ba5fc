"""The duel's picture: as it is often shown, with equal chances, and how exactly each needs its rate."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from digitlab.baseline.module import Array
from digitlab.baseline_experiments.plots.style import DARK, GREY, LIGHT, new_figure, save
from digitlab.baseline_experiments.rates import show_rate
from digitlab.baseline_experiments.sgd_vs_adam import LESSON_RATES, Duel, Story

STYLES = {"SGD": (DARK, "-", "o"), "Adam": (LIGHT, "--", "s")}
HATCHES = {"SGD": "", "Adam": "////"}


def draw(story: Story, directory: Path) -> list[str]:
    """Write `sgd_vs_adam.png`."""
    figure, (unfair, fair, rates) = new_figure(3, height=3.2)
    _draw_race(unfair, story.unfair, LESSON_RATES, story.tolerance)
    unfair.set_title("unfair: untuned, on other samples")
    _draw_race(
        fair,
        {name: duel.errors for name, duel in story.fair.items()},
        {name: duel.sweep.best_rate for name, duel in story.fair.items()},
        story.tolerance,
    )
    fair.annotate("settled below", (1, story.tolerance), (2, 3), textcoords="offset points", fontsize=8)
    fair.set_title("fair: tuned, on the same samples")
    _draw_rates(rates, story.fair)
    save(figure, directory / "sgd_vs_adam.png")
    return ["sgd_vs_adam.png"]


def _draw_race(axes: Axes, errors: Mapping[str, Array], rates: Mapping[str, float], tolerance: float) -> None:
    """Draw the median error after each step and the middle 80% of the seeds."""
    for name, error in errors.items():
        low, median, high = np.quantile(error, (0.1, 0.5, 0.9), axis=1)
        colour, dash, _ = STYLES[name]
        steps = np.arange(len(median))
        axes.fill_between(
            steps, low, high, color=colour, alpha=0.3, linewidth=0, hatch=HATCHES[name], edgecolor="white"
        )
        axes.plot(steps, median, color=colour, linestyle=dash, label=f"{name} {show_rate(rates[name])}")
    axes.axhline(tolerance, color="black", linewidth=0.8, linestyle=":")
    last = min(100, len(median) - 1)
    axes.set(yscale="log", ylim=(3e-3, 4), xlim=(0, last), xlabel="step", ylabel="|w − w*|: median, 10% to 90%")
    axes.legend(loc="lower left", handlelength=3, frameon=True, framealpha=0.9)


def _draw_rates(axes: Axes, fair: Mapping[str, Duel]) -> None:
    """Draw the mean steps until a weight settles against the rate, and the same for the data in other units."""
    for name, duel in fair.items():
        colour, dash, marker = STYLES[name]
        best = [duel.sweep.best]
        axes.plot(
            duel.sweep.rates, duel.sweep.means, color=colour, linestyle=dash, marker=marker, markevery=best, label=name
        )
        other = duel.other_units
        axes.plot(
            other.rates,
            other.means,
            color=colour,
            linestyle="none",
            marker=marker,
            markersize=3.5,
            markerfacecolor="none",
        )
    axes.plot(
        [],
        [],
        color=GREY,
        linestyle="none",
        marker="o",
        markersize=3.5,
        markerfacecolor="none",
        label="same data, other units",
    )
    axes.set(xscale="log", ylim=(0, None), xlabel="learning rate", ylabel="steps until it settles, mean")
    axes.set_title("every rate")
    axes.legend(loc="lower right", handlelength=2.4, fontsize=7.5, labelspacing=0.25)

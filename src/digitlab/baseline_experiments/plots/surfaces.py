"""Paths over the surfaces: contours as on a map, and the optimizers on their way down."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from PIL import Image

from digitlab.baseline_experiments.plots.style import image_of, new_figure, save, save_animation
from digitlab.baseline_experiments.races import ARRIVED, Racer, Races
from digitlab.baseline_experiments.rates import show_rate
from digitlab.baseline_experiments.surfaces import SURFACES, Surface

Styles = Mapping[str, Mapping[str, Any]]  # of each optimizer
SHOWN_RACES: Mapping[str, Any] = {"Rosenbrock": "upper left", "Beale": "upper right"}  # that move; room for the legend
FRAMES = 46
RESOLUTION = 110  # points along each side of the map
TRAIL = 25  # steps
START: Mapping[str, Any] = {"marker": "o", "markersize": 9, "markerfacecolor": "none", "markeredgecolor": "black"}


def draw_surfaces(races: Races, styles: Styles, path: Path) -> None:
    """Write the paths over all surfaces, and the heights that are left."""
    figure, panels = new_figure(3, rows=2, height=3.0)
    for axes, (name, race) in zip(panels, races.items(), strict=False):
        draw_contours(axes, SURFACES[name])
        for racer, one in race.items():
            label = f"{racer} {show_rate(one.sweep.best_rate)}"
            axes.plot(*one.path.T, label=label, markevery=10, **{**styles[racer], "linewidth": 1.2, "markersize": 5})
        axes.plot(*race["GD"].path[0], **START)
        axes.set_title(name)
        axes.legend(fontsize=7, frameon=True, framealpha=0.9, handlelength=4, borderpad=0.3, labelspacing=0.25)
    _draw_heights(panels[-1], races, styles)
    save(figure, path)


def draw_contours(axes: Axes, surface: Surface) -> None:
    """Draw lines of equal height, each next one several times higher, and stars at the minima."""
    left, right, bottom, top = surface.box
    x, y = np.meshgrid(np.linspace(left, right, RESOLUTION), np.linspace(bottom, top, RESOLUTION))
    height = surface.value(np.stack([x, y], axis=-1))
    levels = np.geomspace(max(height.min(), height.max() * 1e-5), height.max(), 10)
    axes.contourf(x, y, height, levels, colors=[str(grey) for grey in np.linspace(1, 0.82, len(levels))], extend="min")
    axes.contour(x, y, height, levels, colors="#b5b5b5", linewidths=0.5)
    for minimum in surface.minima:
        axes.plot(*minimum, marker="*", markersize=11, color="white", markeredgecolor="black", zorder=2)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    axes.grid(False)


def _draw_heights(axes: Axes, races: Races, styles: Styles) -> None:
    """Draw the mean height left on fresh starts; what diverged from one of them stands at the top."""
    racers = list(next(iter(races.values())))
    for number, racer in enumerate(racers):
        heights = np.array([race[racer].heights.mean() for race in races.values()])
        shown = np.where(np.isfinite(heights), heights, 30.0)
        places = np.arange(len(races)) + 0.13 * (number - (len(racers) - 1) / 2)
        axes.plot(places, shown, **{**styles[racer], "linestyle": "none", "markersize": 7})
        for place, race in zip(places, races.values(), strict=True):
            if diverged := int(np.isinf(race[racer].heights).sum()):
                text = f"{diverged} of {len(race[racer].heights)}\ndiverged"
                axes.annotate(text, (place, 30), (7, 0), textcoords="offset points", va="center", fontsize=7)
    axes.axhline(ARRIVED, color="black", linewidth=0.8, linestyle=":")
    axes.set_xticks(range(len(races)), [name.replace(" ", "\n") for name in races], fontsize=8)
    axes.set(yscale="log", ylim=(ARRIVED / 10, 100), title="height left, mean of fresh starts")
    axes.grid(axis="x", visible=False)


def draw_race(races: Races, styles: Styles, path: Path) -> None:
    """Write the race as a moving picture, slow at first."""
    steps = len(next(iter(races["Beale"].values())).path) - 1
    moments = sorted({round(steps * (frame / (FRAMES - 1)) ** 1.5) for frame in range(FRAMES)})
    save_animation(_frames(races, styles, moments), path, milliseconds=120)


def _frames(races: Races, styles: Styles, moments: list[int]) -> Iterator[Image.Image]:
    figure, panels = new_figure(len(SHOWN_RACES), width=3.15, height=3.0)
    runners: list[tuple[Racer, Line2D, Line2D]] = []
    for axes, (name, corner) in zip(panels, SHOWN_RACES.items(), strict=True):
        draw_contours(axes, SURFACES[name])
        for racer, one in races[name].items():
            style = {**styles[racer], "markersize": 8, "zorder": 4}
            (trail,) = axes.plot([], [], **{**style, "marker": ""})
            (runner,) = axes.plot([], [], **style, label=f"{racer} {show_rate(one.sweep.best_rate)}")
            runners.append((one, trail, runner))
        axes.legend(loc=corner, fontsize=8, frameon=True, framealpha=0.9, handlelength=4, labelspacing=0.3)
    for step in moments:
        for one, trail, runner in runners:
            trail.set_data(*one.path[max(0, step - TRAIL) : step + 1].T)
            runner.set_data(*one.path[step : step + 1].T)
        for axes, name in zip(panels, SHOWN_RACES, strict=True):
            axes.set_title(f"{name}, step {step}")
        yield image_of(figure)

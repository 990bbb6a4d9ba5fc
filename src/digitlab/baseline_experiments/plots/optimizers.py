"""The optimizers' pictures: how exactly each needs its rate, and what its best rate reaches; the surfaces."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from digitlab.baseline_experiments.optimizers import GOOD, Story
from digitlab.baseline_experiments.plots.style import MARKERS, line_style, new_figure, save
from digitlab.baseline_experiments.plots.surfaces import draw_race, draw_surfaces
from digitlab.baseline_experiments.rates import RIVALS, show_rate
from digitlab.baseline_experiments.tuned_nets import Rival

LOSSES = (0.07, 6.0)  # what is drawn; above it a net is worse than one that has learned nothing
TICKS = (0.1, 0.2, 0.5, 1, 2, 5)
CHANCE = np.log(10)


def style_of(name: str) -> dict[str, Any]:
    """Return colour, dash and marker of an optimizer, the same in all pictures."""
    number = list(RIVALS).index(name)
    return line_style(number) | {"marker": MARKERS[number], "markeredgecolor": "black", "markeredgewidth": 0.4}


def draw(story: Story, directory: Path) -> list[str]:
    """Write `optimizers.png`, `surfaces.png` and `race.gif`."""
    figure, (rates, ranges, epochs) = new_figure(3, height=3.3)
    _draw_rates(rates, story.rivals)
    _draw_ranges(ranges, story.rivals)
    _draw_epochs(epochs, story.rivals)
    handles, labels = epochs.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), handlelength=3.2, columnspacing=1.3)
    save(figure, directory / "optimizers.png")
    styles = {name: style_of(name) for name in RIVALS}
    draw_surfaces(story.races, styles, directory / "surfaces.png")
    draw_race(story.races, styles, directory / "race.gif")
    return ["optimizers.png", "surfaces.png", "race.gif"]


def _draw_rates(axes: Axes, rivals: Mapping[str, Rival]) -> None:
    """Draw the mean validation loss against the rate; the marker is the best."""
    for name, rival in rivals.items():
        means = np.minimum(rival.val.means, 10 * LOSSES[1])
        axes.plot(rival.val.rates, means, markevery=[rival.val.best], **style_of(name))
    axes.axhline(CHANCE, color="black", linewidth=0.8, linestyle=":")
    axes.annotate("ln 10: a guess", (0.02, CHANCE), (0, 3), ("axes fraction", "data"), "offset points", fontsize=8)
    axes.set(xscale="log", yscale="log", ylim=LOSSES, xlabel="learning rate", ylabel="validation loss")
    axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_title(f"every rate, mean of {rivals['SGD'].val.losses.shape[1]} nets")


def _draw_ranges(axes: Axes, rivals: Mapping[str, Rival]) -> None:
    """Draw for each optimizer the rates that come close to its best."""
    for place, (name, rival) in enumerate(rivals.items()):
        low, high = rival.val.good_rates(GOOD)
        style = style_of(name)
        axes.plot([low, high], [place, place], color=style["color"], linewidth=7, alpha=0.55, solid_capstyle="butt")
        axes.plot(rival.val.best_rate, place, **style)
        axes.annotate(
            f"{np.log10(high / low):.1f}", (high, place), (5, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks(range(len(rivals)), list(rivals))
    axes.set(xscale="log", xlim=(1e-3, 10), ylim=(len(rivals) - 0.5, -0.5), xlabel="learning rate")
    axes.set_title(f"rates within {GOOD:g} × the best loss, decades")
    axes.grid(axis="y", visible=False)


def _draw_epochs(axes: Axes, rivals: Mapping[str, Rival]) -> None:
    """Draw the validation loss after each epoch at the best rates, on seeds that had no part in the tuning."""
    for name, rival in rivals.items():
        curve = rival.fresh.curves.mean(axis=1)
        label = f"{name} {show_rate(rival.val.best_rate)}"
        axes.plot(np.arange(1, len(curve) + 1), curve, label=label, markersize=5, **style_of(name))
    axes.set(yscale="log", ylim=(LOSSES[0], 3), xlabel="epoch (GD: one step each)", ylabel="validation loss")
    axes.set_yticks(TICKS[:-1], [f"{tick:g}" for tick in TICKS[:-1]])
    axes.set_title(f"at the best rates, {rivals['SGD'].fresh.curves.shape[1]} fresh nets")

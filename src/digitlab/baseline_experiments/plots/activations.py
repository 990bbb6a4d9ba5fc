"""The activations' picture: values, derivatives, and how a gradient fares on its way through ten of them."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from digitlab.baseline.module import Array
from digitlab.baseline_experiments.activations import ALL, INITS, PLACES, Story, shares_of_last
from digitlab.baseline_experiments.plots.style import MARKERS, line_style, new_figure, save

FULL = {"softmax": "softmax of (x, 0, 0)", "leaky ReLU": "leaky ReLU, slope 0.01"}
LABELS = {"relu": "ReLU, He", "leaky_relu": "leaky ReLU, He", "sigmoid": "sigmoid, Glorot", "tanh": "tanh, Glorot"}


def draw(story: Story, directory: Path) -> list[str]:
    """Write `activations.png`."""
    figure, (values, derivatives, gradients) = new_figure(3, height=3.4)
    _draw_curves(values, story.values)
    values.set(title="value", xlabel="x", ylim=(-1.3, 3.2))
    values.legend(loc="upper left")
    _draw_curves(derivatives, story.derivatives)
    derivatives.set(title="derivative", xlabel="x", ylim=(-0.05, 1.3))
    derivatives.annotate("1/4", (-6, 0.25), (0, 3), textcoords="offset points", fontsize=8)
    derivatives.plot([-6, 0], [0.25, 0.25], color="black", linewidth=0.8)
    _draw_norms(gradients, story.norms)
    save(figure, directory / "activations.png")
    return ["activations.png"]


def _draw_curves(axes: Axes, curves: dict[str, Array]) -> None:
    """Draw all, ReLU broad, since the leaky one lies upon it."""
    for number, name in enumerate(ALL):
        axes.plot(
            PLACES, curves[name], label=FULL.get(name, name), linewidth=1.6 if number else 3.5, **line_style(number)
        )


def _draw_norms(axes: Axes, norms: dict[str, Array]) -> None:
    """Draw the norm of each layer's gradient as a share of the last's: median, and the middle 80% of the nets."""
    for number, name in enumerate(INITS):
        shares = shares_of_last(norms[name])
        low, median, high = np.quantile(shares, (0.1, 0.5, 0.9), axis=0)
        layers = np.arange(1, len(median) + 1)
        style = line_style(number)
        axes.fill_between(layers, low, high, color=style["color"], alpha=0.25, linewidth=0)
        axes.plot(layers, median, label=LABELS[name], marker=MARKERS[number], markersize=4, **style)
    best = 0.25 ** (len(median) - layers.astype(float))
    axes.plot(layers, best, color="black", linewidth=0.8, label="1/4 for each layer")
    axes.set(yscale="log", xlabel="hidden layer", title="gradient of the weights / last layer's")
    axes.set_xticks(layers)
    axes.legend(loc="lower right")

"""The approximation pictures: built and trained fits beside the target, errors by width, and the training itself."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from digitlab.baseline.module import Array
from digitlab.baseline_experiments.approximation import ASYMPTOTIC, BETWEEN, Story, target
from digitlab.baseline_experiments.plots import style
from digitlab.baseline_experiments.plots.style import COLOURS, DARK, GREY, LIGHT, line_style, new_figure

X = BETWEEN[:, 0]
SHOWN = (2, 4, 16)  # widths of the built nets in the first panel
LABELS = {"relu": "ReLU", "tanh": "tanh"}
GREEN = COLOURS[5]


def draw(story: Story, directory: Path) -> list[str]:
    """Write `approximation.png` and `approximation.gif`."""
    figure, (built, trained, errors) = new_figure(3, height=3.4)
    narrow = [width for width in story.widths if width in SHOWN] or story.widths[:1]
    _draw_target(built, "built: a ReLU for each kink")
    _draw_curve(built, story.curves["linear", story.widths[-1]], "linear net", 3)
    for number, width in enumerate(narrow):
        _draw_curve(built, story.curves["constructed", width], f"{width} units", number)
    widest = story.widths[-1]
    _draw_target(trained, f"trained: Adam, {story.lr:g} falling to 0")
    for number, (name, width) in enumerate((("tanh", narrow[-1]), ("relu", narrow[-1]), ("relu", widest))):
        _draw_curve(trained, story.curves[name, width], f"{width} {LABELS[name]}", number)
    for axes in (built, trained):
        axes.legend(loc="lower right", ncols=2)
    _draw_errors(errors, story)
    style.save(figure, directory / "approximation.png")
    style.save_animation(_frames(story), directory / "approximation.gif", milliseconds=100)
    return ["approximation.png", "approximation.gif"]


def _draw_target(axes: Axes, title: str, bottom: float = -2.9) -> None:
    axes.plot(X, target(X), color="#cccccc", linewidth=5, solid_capstyle="round", label="target")
    axes.set(title=title, xlabel="x", ylim=(bottom, 2.5))


def _draw_curve(axes: Axes, output: Array, label: str, number: int) -> None:
    axes.plot(X, output, label=label, linewidth=1.4, **line_style(number))


def _draw_errors(axes: Axes, story: Story) -> None:
    """Draw error against width: medians and ranges of the trained nets, the built ones, and their limit."""
    widths = story.widths
    kinds = (("linear", GREY, "D", ":"), ("relu", LIGHT, "s", "--"), ("tanh", DARK, "o", "-"))
    for name, colour, marker, dash in kinds:
        runs = np.array([story.errors[name, width] for width in widths])  # (widths, seeds)
        axes.fill_between(widths, runs.min(1), runs.max(1), color=colour, alpha=0.25, linewidth=0)
        label = "linear net" if name == "linear" else f"{LABELS[name]}, trained"
        axes.plot(widths, np.median(runs, 1), color=colour, marker=marker, markersize=4, linestyle=dash, label=label)
    built = [story.errors["constructed", width][0] for width in widths]
    axes.plot(widths, built, color=GREEN, marker="^", markersize=5, linestyle="-.", label="ReLU, built")
    many = slice(np.searchsorted(widths, ASYMPTOTIC), None)
    axes.plot(widths[many], story.limit[many], color="black", linewidth=0.8, label="limit of the best, ~ 1 / width²")
    axes.set(xscale="log", yscale="log", xlabel="units of the hidden layer", ylabel="root mean square error")
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.minorticks_off()
    axes.set_title(f"median and range of {len(story.errors['relu', widths[0]])} seeds")
    axes.legend(loc="lower left")


def _frames(story: Story) -> Iterator[Image.Image]:
    """Draw the widest nets while they learn; what stands still is laid out once."""
    figure, panels = new_figure(2, width=3.1, height=3.0)
    kinds = list(zip(panels, story.frames.items(), strict=True))
    for axes, (_, looks) in kinds:
        _draw_target(axes, " ", bottom=-1.7)
        axes.plot(X, looks[0][2], color=DARK)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for number in range(len(story.frames["relu"])):
        for axes, (name, looks) in kinds:
            step, error, output = looks[number]
            axes.set_title(f"{story.widths[-1]} {LABELS[name]}   step {step:4d}   error {error:.3f}")
            axes.lines[-1].set_ydata(output)
        yield style.image_of(figure)

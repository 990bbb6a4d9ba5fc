"""The picture of autograd: the same gradients twice, and where the gradient goes when a weight is moved."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from digitlab.baseline_experiments.autograd import Story
from digitlab.baseline_experiments.plots.style import DARK, LIGHT, new_figure, save

SHOWN = 4000  # points; all 235,914 would be a blot


def draw(story: Story, directory: Path) -> list[str]:
    """Write `autograd.png`."""
    figure, (same, error, way) = new_figure(3, width=3.4, height=3.2)
    _draw_same(same, story)
    _draw_error(error, story)
    _draw_way(way)
    save(figure, directory / "autograd.png")
    return ["autograd.png"]


def _draw_same(axes: Axes, story: Story) -> None:
    chosen = np.random.default_rng(0).choice(story.ours.size, min(SHOWN, story.ours.size), replace=False)
    ours, torchs = story.ours[chosen], story.torchs[chosen]
    limit = np.abs(ours).max()
    axes.plot([-limit, limit], [-limit, limit], color=LIGHT, linewidth=1)
    axes.scatter(torchs, ours, s=14, color=DARK, alpha=0.5, linewidths=0, zorder=3)
    axes.ticklabel_format(style="sci", scilimits=(0, 0))
    axes.set(xlabel="∂loss/∂w by torch's autograd", ylabel="by our backward pass")
    axes.set_title("the lesson's MLP, some weights", pad=14)


def _draw_error(axes: Axes, story: Story) -> None:
    error = np.abs(story.ours - story.torchs) / np.abs(story.torchs).max()
    eps = np.log10(np.finfo(float).eps)
    axes.hist(np.log10(error[error > 0]), bins=40, color=DARK)
    axes.axvline(eps, color="black", linestyle="--", linewidth=1)
    axes.text(eps + 0.1, axes.get_ylim()[1], "float64's\neps", va="top", fontsize=8)
    axes.set(xlabel="log₁₀ (|difference| / largest gradient)", ylabel="weights", xlim=(-19.5, -14))
    axes.set_title(f"all {story.ours.size:,} of them", pad=14)


def _draw_way(axes: Axes) -> None:
    """Draw W, its moved copy, and the way of the gradient."""
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_title("where W.to(device) leaves the gradient", pad=14)
    axes.axis("off")
    boxes = (
        (0.18, 0.78, "W\nleaf\n.grad: filled", "#cfe3f1"),
        (0.8, 0.78, "W.to(device)\nnot a leaf\n.grad: None", "#fbe6bd"),
        (0.8, 0.25, "loss", "#eeeeee"),
    )
    for x, y, words, colour in boxes:
        box = {"boxstyle": "round,pad=0.5", "edgecolor": "black", "facecolor": colour}
        axes.text(x, y, words, ha="center", va="center", bbox=box)
    forward = {"arrowstyle": "->", "linewidth": 1.4}
    backward = {**forward, "linestyle": "--", "color": "#b04a00"}
    axes.annotate("", (0.57, 0.84), (0.38, 0.84), arrowprops=forward)
    axes.annotate("", (0.84, 0.34), (0.84, 0.62), arrowprops=forward)
    axes.annotate("", (0.74, 0.62), (0.74, 0.34), arrowprops=backward)
    axes.annotate("", (0.38, 0.72), (0.57, 0.72), arrowprops=backward)
    words = "solid: forward\ndashed: backward\n\nan optimizer of the\nright box finds\nno gradient"
    axes.text(0.02, 0.25, words, fontsize=8, va="center")

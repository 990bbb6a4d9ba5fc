"""The XOR picture: what one net believes, how the losses fall, how many seeds succeed."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from digitlab.baseline_experiments.plane import grid
from digitlab.baseline_experiments.plots.boundary import draw_boundary
from digitlab.baseline_experiments.plots.style import DARK, LIGHT, new_figure, save
from digitlab.baseline_experiments.xor import LESSON_LR, POINTS, TARGETS, Story, Trained, probability_of_one


def draw(story: Story, directory: Path) -> list[str]:
    """Write `xor.png`."""
    figure, (plane, curves, counts) = new_figure(3)
    stuck = next((run for run in story.lessons if not run.solved), None)
    _draw_planes(plane, story.ours[0], stuck)
    _draw_losses(curves, story)
    _draw_counts(counts, story)
    save(figure, directory / "xor.png")
    return ["xor.png"]


def _draw_planes(axes: Axes, ours: Trained, stuck: Trained | None) -> None:
    """Fill the plane with our first net's opinion, and over it the line of a lesson's net that did not get there."""
    centre, limit = 0.5, 1.0
    points = grid(limit) + centre
    draw_boundary(axes, probability_of_one(ours.net, points), limit, POINTS - centre, TARGETS[:, 0], size=90)
    if stuck is not None:
        steps = round(len(points) ** 0.5)
        values = probability_of_one(stuck.net, points).reshape(steps, steps)
        if values.min() < 0.5 < values.max():
            axes.contour(values, [0.5], extent=(-limit, limit, -limit, limit), colors="black", linestyles="--")
    for (x, y), target in zip(POINTS - centre, TARGETS[:, 0], strict=True):
        axes.annotate(f"{target:.0f}", (x, y), (9, 6), textcoords="offset points", fontsize=10)
    axes.set(title="solid: ours, dashed: a lesson's net, stuck", xlabel="first input", ylabel="second input")


def _draw_losses(axes: Axes, story: Story) -> None:
    """Draw the middle 80% of the losses and their median, for both recipes."""
    recipes = (
        ("ours: 8 tanh, Adam 0.1", story.ours, DARK, "-"),
        (f"lesson: ReLU, GD {LESSON_LR}", story.lessons, LIGHT, "--"),
    )
    for label, runs, colour, dash in recipes:
        losses = np.array([run.losses for run in runs])
        low, median, high = np.quantile(losses, (0.1, 0.5, 0.9), axis=0)
        steps = np.arange(1, losses.shape[1] + 1)
        axes.fill_between(steps, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(steps, median, color=colour, linestyle=dash, label=label)
    axes.axhline(np.log(2), color="black", linewidth=0.8, linestyle=":")
    axes.annotate("ln 2: a coin", (1, np.log(2)), (2, 3), textcoords="offset points", fontsize=8)
    axes.set(xscale="log", yscale="log", xlabel="step", ylabel="loss", title="median, and 10% to 90% of the seeds")
    axes.legend(loc="lower left")


def _draw_counts(axes: Axes, story: Story) -> None:
    solved = [100 * np.mean([run.solved for run in runs]) for runs in (story.ours, story.lessons)]
    bars = axes.bar(["ours", "the lesson's"], solved, color=[DARK, LIGHT], edgecolor="black", width=0.6)
    bars[1].set_hatch("//")
    for place, share in enumerate(solved):
        axes.annotate(f"{share:.0f} %", (place, share), (0, 3), textcoords="offset points", ha="center")
    axes.set(ylim=(0, 112), ylabel="seeds solved, %", title=f"of {len(story.ours)} seeds")
    axes.grid(axis="x", visible=False)

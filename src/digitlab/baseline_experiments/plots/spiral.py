"""The spiral pictures: both nets' opinions side by side, and ours as it grows."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from digitlab.baseline_experiments.plots.boundary import draw_boundary
from digitlab.baseline_experiments.plots.style import DARK, LIGHT, image_of, new_figure, save, save_animation
from digitlab.baseline_experiments.spiral import LESSON_LR, LIMIT, Story


def draw(story: Story, directory: Path) -> list[str]:
    """Write `spiral.png` and `spiral.gif`."""
    figure, (ours, lesson, curves) = new_figure(3, height=3.2)
    last = story.frames[-1]
    draw_boundary(ours, last.probability, LIMIT, story.points, story.labels)
    ours.set_title(f"ours: {last.fresh_accuracy:.1%} of fresh points")
    draw_boundary(lesson, story.lesson_probability, LIMIT, story.points, story.labels)
    lesson.set_title(f"the lesson's: {story.lesson_accuracy:.1%} of its own points")
    _draw_losses(curves, story)
    save(figure, directory / "spiral.png")
    save_animation(_frames(story), directory / "spiral.gif")
    return ["spiral.png", "spiral.gif"]


def _draw_losses(axes: Axes, story: Story) -> None:
    axes.loglog(np.arange(1, len(story.losses) + 1), story.losses, color=DARK, label="ours: softmax, Adam")
    steps = np.arange(1, len(story.lesson_losses) + 1)
    label = f"the lesson's: sigmoid, GD {LESSON_LR}"
    axes.loglog(steps, story.lesson_losses, color=LIGHT, linestyle="--", label=label)
    axes.axhline(np.log(2), color="black", linewidth=0.8, linestyle=":")
    axes.annotate("ln 2: a coin", (1, np.log(2)), (2, 4), textcoords="offset points", fontsize=8)
    axes.set(xlabel="step", ylabel="training loss", title="the way there")
    axes.legend(loc="lower left")


def _frames(story: Story) -> Iterator[Image.Image]:
    figure, (axes,) = new_figure(1, width=3.4, height=3.7)
    for frame in story.frames:
        draw_boundary(axes, frame.probability, LIMIT, story.points, story.labels)
        axes.set_title(f"step {frame.epoch:4d}   loss {frame.loss:.4f}   fresh {frame.fresh_accuracy:.1%}")
        yield image_of(figure)

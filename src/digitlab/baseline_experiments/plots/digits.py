"""The picture of a trained MLP: how it went, which test images it gets wrong, what it takes for what."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from digitlab.baseline_experiments.digits import Story
from digitlab.baseline_experiments.plots.style import DARK, LIGHT, new_figure, save

ROWS, COLUMNS = 5, 6  # of small pictures


def draw(story: Story, directory: Path) -> list[str]:
    """Write `<data set>.png`."""
    figure, (curves, wrong, confusion) = new_figure(3, height=3.2)
    _draw_epochs(curves, story)
    _draw_wrong(wrong, story)
    _draw_confusion(confusion, story)
    save(figure, directory / f"{story.name}.png")
    return [f"{story.name}.png"]


def _draw_epochs(axes: Axes, story: Story) -> None:
    epochs = [row["epoch"] for row in story.epochs]
    errors = [100 * (1 - row["val/acc"]) for row in story.epochs]
    (loss,) = axes.plot(epochs, [row["train/loss"] for row in story.epochs], color=DARK)
    axes.set(xlabel="epoch", ylabel="training loss", title="how it went", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    right = axes.twinx()
    (error,) = right.plot(epochs, errors, color=LIGHT, linestyle="--", marker="s", markersize=3)
    right.set(ylabel="validation error, %", ylim=(0, None))
    right.grid(False)
    axes.legend([loss, error], ["training loss", "validation error"], loc="upper right")


def _draw_wrong(axes: Axes, story: Story) -> None:
    wrong = np.flatnonzero(story.guesses != story.labels)
    axes.set_title(f"{len(wrong)} of {len(story.labels):,} wrong: truth → guess")
    axes.axis("off")
    for place, index in zip(_places(axes), wrong, strict=False):
        place.imshow(story.images[index], cmap="gray_r")
        place.set_title(f"{story.labels[index]} → {story.guesses[index]}", fontsize=7, pad=1, loc="center")


def _draw_confusion(axes: Axes, story: Story) -> None:
    """Count every pair of truth and guess; the shade is by the errors, since nearly all lies on the diagonal."""
    classes = int(max(story.labels.max(), story.guesses.max())) + 1
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (story.labels, story.guesses), 1)
    errors = np.where(np.eye(classes, dtype=bool), 0, counts)
    axes.imshow(errors, cmap="Oranges", vmax=max(errors.max(), 4) * 1.5)
    for (truth, guess), count in np.ndenumerate(counts):
        if count:
            weight = "bold" if truth == guess else "normal"
            axes.text(guess, truth, str(count), ha="center", va="center", fontsize=6.5, fontweight=weight)
    ticks = range(classes)
    axes.set(xticks=ticks, yticks=ticks, xlabel="guess", ylabel="truth", title="what it takes for what")
    axes.grid(False)


def _places(axes: Axes) -> list[Axes]:
    """Return small empty axes in rows within `axes`."""
    places = []
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        box = (column / COLUMNS, 1 - (row + 1) / ROWS, 0.95 / COLUMNS, 0.72 / ROWS)
        place = axes.inset_axes(box)
        place.set(xticks=[], yticks=[])
        place.axis("off")
        places.append(place)
    return places

"""How the pictures look: colours that colour-blind readers and grey printers tell apart, and how files are written."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

# Okabe and Ito's palette, in an order of alternating lightness; each has its own dash and marker for grey paper.
COLOURS = ("#0072B2", "#E69F00", "#000000", "#56B4E9", "#D55E00", "#009E73", "#CC79A7")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DARK, LIGHT, GREY = COLOURS[0], COLOURS[1], "#777777"

SETTINGS: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "figure.dpi": 110,
}
rcParams.update(SETTINGS)


def new_figure(columns: int, rows: int = 1, width: float = 3.3, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """Return a figure and its axes in reading order; width and height of each are in inches."""
    figure = Figure(figsize=(columns * width, rows * height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.flat)


def line_style(number: int) -> dict[str, Any]:
    """Return colour and dash of the line with this number."""
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[number % len(DASHES)]}


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG; the file appears when it is complete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    figure.savefig(temporary, format="png")
    os.replace(temporary, path)


def image_of(figure: Figure) -> Image.Image:
    """Return the figure as it looks now, as one frame of a moving picture."""
    figure.canvas.draw()
    return Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])  # type: ignore[attr-defined]


def save_animation(frames: Iterable[Image.Image], path: Path, milliseconds: int = 80, pause: int = 2000) -> None:
    """Write frames as a GIF that repeats without end.

    Args:
        frames: Of one size. One palette of 96 colours serves all, so that still parts do not flicker.
        path: Where to; the file appears when it is complete.
        milliseconds: Between frames.
        pause: On the last frame.
    """
    images = list(frames)
    some = [np.asarray(images[round(share * (len(images) - 1))]) for share in (0, 0.25, 0.5, 1)]
    palette = Image.fromarray(np.concatenate(some)).quantize(96, dither=Image.Dither.NONE)
    first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    durations = [milliseconds] * len(rest) + [pause]
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    first.save(temporary, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)
    os.replace(temporary, path)

"""A net's opinion on every point of the plane, with the points it learned from."""

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from digitlab.baseline.module import Array
from digitlab.baseline_experiments.plots.style import DARK, LIGHT

SURE = LinearSegmentedColormap.from_list("sure", ["#4f9bc9", "#ffffff", "#f3c566"])


def draw_boundary(axes: Axes, probability: Array, limit: float, points: Array, labels: Array, size: float = 14) -> None:
    """Fill the square with the probability of class 1, draw the line at 1/2, and put the points on it.

    Args:
        axes: Where to draw; what is on it is taken away first.
        probability: Of class 1 on `plane.grid(limit)`, `(steps²,)`.
        limit: Half the side of the square.
        points: `(N, 2)`.
        labels: 0 or 1, `(N,)`: circles and triangles.
        size: Of the markers, in points².
    """
    axes.clear()
    steps = round(len(probability) ** 0.5)
    values = probability.reshape(steps, steps)
    box = (-limit, limit, -limit, limit)
    axes.imshow(values, extent=box, origin="lower", cmap=SURE, vmin=0, vmax=1, interpolation="bilinear")
    if values.min() < 0.5 < values.max():
        axes.contour(values, [0.5], extent=box, colors="black", linewidths=1)
    for label, marker, colour in ((0, "o", DARK), (1, "^", LIGHT)):
        chosen = points[labels == label]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=size, marker=marker, c=colour, edgecolors="black", linewidths=0.4, zorder=3
        )
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), xticks=[], yticks=[], aspect="equal")
    axes.grid(False)

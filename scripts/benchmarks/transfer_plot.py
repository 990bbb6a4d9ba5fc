"""The learning curves of the suite `transfer`: accuracy against labels of each class, a panel for each task."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitlab.baseline_experiments.plots.style import MARKERS, line_style, new_figure, save

MEASURE = "test accuracy [%]"


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Draw mean and standard deviation over the rounds.

    Args:
        found: The runs of each contest, "task, labels", by contender.
        path: The PNG.
    """
    tasks: dict[str, dict[str, Any]] = {}
    for title, runs in found.items():
        task, _, labels = title.rpartition(", ")
        tasks.setdefault(task, {})[labels] = runs
    figure, axes = new_figure(len(tasks), width=4.2, height=3.4)
    for panel, (task, curves) in zip(axes, tasks.items(), strict=True):
        places = range(len(curves))
        for number, way in enumerate(next(iter(curves.values()))):
            points = [accuracies(runs[way]) for runs in curves.values()]
            means = [statistics.fmean(values) for values in points]
            spread = [statistics.stdev(values) if len(values) > 1 else 0.0 for values in points]
            marker = {"marker": MARKERS[number], "markersize": 4, "capsize": 3}
            panel.errorbar(places, means, spread, label=way, **line_style(number), **marker)
        panel.set_xticks(list(places), list(curves))
        panel.set(title=task, xlabel="labels of each class", ylabel=MEASURE)
    axes[0].legend(loc="lower right")
    save(figure, path)


def accuracies(runs: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the accuracy of each round."""
    return [run["figures"][MEASURE] for run in runs]

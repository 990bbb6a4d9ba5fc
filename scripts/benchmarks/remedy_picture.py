"""The figure of the suite `remedies`: gradients by layer, and the validation accuracy before and after."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.remedy_cases import SICK, Case, Settings
from benchmarks.remedy_table import Contests, values_of
from benchmarks.symptom_names import VAL_ACC, verdict
from benchmarks.symptoms import first_gradients, prepared
from digitlab.baseline_experiments.plots import style
from digitlab.baseline_experiments.plots.style import COLOURS, DARK, GREY, MARKERS, line_style

SEEDS = (1, 2, 3)  # of the gradients by layer
LAYERED = ("vanishing", "plain CNN")  # how the titles begin whose gradients are drawn
LINES = ("#0072B2", "#E69F00", "#56B4E9", "#D55E00", "#009E73", "#CC79A7", "#999999", "#F0E442")  # of the remedies
VERDICTS = {"better": DARK, "no difference": GREY, "worse": COLOURS[4], "not told": GREY}


def draw(cases: Sequence[Case], results: Contests, data: Settings, path: Path) -> None:
    """Write the figure.

    Args:
        cases: Those of the results that are drawn.
        results: Runs by title of the case and name of the contender.
        data: Settings of the data, for the gradients, which are taken anew.
        path: Of the PNG.
    """
    layered = [case for case in cases if case.title.startswith(LAYERED)]
    rows = sum(2 + len(case.remedies) for case in cases)
    figure = Figure(figsize=(11, max(4.0, 0.19 * rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(max(1, len(layered)), 2, width_ratios=[1, 1.1])
    for number, case in enumerate(layered):
        _draw_gradients(figure.add_subplot(grid[number, 0]), case, data)
    _draw_accuracies(figure.add_subplot(grid[:, 1]), cases, results)
    style.save(figure, path)


def _draw_gradients(axes: Axes, case: Case, data: Settings) -> None:
    """Draw a line for each net: the root mean square of the gradient by layer, relative to the last layer's."""
    for number, (name, settings) in enumerate(case.contenders().items()):
        looks = [first_gradients(prepared((*data, *settings), seed)) for seed in SEEDS]
        relative = np.log10(np.array(looks)) - np.log10(np.array(looks)[:, -1:])  # (seeds, layers)
        layers = np.arange(1, relative.shape[1] + 1)
        marker = MARKERS[number % len(MARKERS)]
        width = 2.6 if name == SICK else 1.3
        axes.plot(
            layers, 10 ** relative.mean(0), label=name, marker=marker, markersize=3, linewidth=width,
            color="black" if name == SICK else LINES[number - 1], linestyle=line_style(number)["linestyle"],
        )  # fmt: skip
    axes.set(yscale="log", xlabel="layer", ylabel="gradient, relative to the last layer's")
    axes.set_title(case.title, fontsize=9)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(fontsize=7, ncols=2)


def _draw_accuracies(axes: Axes, cases: Sequence[Case], results: Contests) -> None:
    """Draw a row for each net: mean and standard deviation of the validation accuracy, from the sick one's on."""
    height, ticks, labels = 0.0, [], []
    for case in cases:
        axes.text(0, height, case.title, fontsize=7.5, fontweight="bold", va="center")
        sick = values_of(results[case.title][SICK], VAL_ACC)
        start = statistics.fmean(value for value in sick if value is not None)
        for name in (SICK, *case.remedies):
            height += 1
            values = values_of(results[case.title][name], VAL_ACC)
            there = [value for value in values if value is not None]
            mean, spread = statistics.fmean(there), statistics.stdev(there) if len(there) > 1 else 0.0
            colour = "black" if name == SICK else VERDICTS[verdict(VAL_ACC, sick, values)]
            axes.plot([start, mean], [height, height], color=colour, linewidth=1.2, alpha=0.5)
            axes.errorbar(
                mean, height, xerr=spread, color=colour, marker="o", markersize=5, capsize=2,
                markerfacecolor="white" if name == SICK else colour,
            )  # fmt: skip
            ticks.append(height)
            labels.append(name)
        height += 1
    axes.set(ylim=(height, -1), xlim=(0, 102), xlabel="validation accuracy [%], mean ± sd")
    axes.set_yticks(ticks, labels, fontsize=7)
    axes.grid(axis="y", visible=False)
    axes.set_title("before (white) and after: blue better, grey no difference, red worse", fontsize=9)

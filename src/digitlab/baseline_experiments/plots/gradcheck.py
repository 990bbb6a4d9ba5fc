"""The picture of the gradient check: how near every layer comes, and how the step was chosen."""

from pathlib import Path

from matplotlib.axes import Axes

from digitlab.baseline_experiments.gradcheck import ALLOWED, STEPS, Story
from digitlab.baseline_experiments.plots.style import DARK, LIGHT, MARKERS, line_style, new_figure, save

FLOOR = 1e-16  # where an error of exactly 0 is drawn


def draw(story: Story, directory: Path) -> list[str]:
    """Write `gradcheck.png`."""
    figure, (errors, steps) = new_figure(2, width=4.8, height=4.0)
    _draw_errors(errors, story)
    _draw_steps(steps, story)
    save(figure, directory / "gradcheck.png")
    return ["gradcheck.png"]


def _draw_errors(axes: Axes, story: Story) -> None:
    everything = {**story.errors, **{f"planted: {name}": error for name, error in story.faults.items()}}
    names = list(everything)[::-1]
    colours = [LIGHT if name.startswith("planted") else DARK for name in names]
    axes.scatter([max(everything[name], FLOOR) for name in names], names, c=colours, marker="o", s=22, zorder=3)
    axes.axvline(ALLOWED, color="black", linestyle="--", linewidth=1)
    axes.annotate("allowed", (ALLOWED, len(names) - 1), (4, 0), textcoords="offset points", fontsize=8, va="center")
    axes.set(xscale="log", xlim=(1e-13, 30), xlabel="relative error", title=f"every gradient, h = {story.step:g}")
    axes.tick_params(axis="y", labelsize=7.5)


def _draw_steps(axes: Axes, story: Story) -> None:
    for number, (name, errors) in enumerate(story.by_step.items()):
        marker = MARKERS[number]
        axes.loglog(STEPS, errors.clip(FLOOR), marker=marker, markersize=4, label=name, **line_style(number))
    axes.loglog(STEPS, 1e-16 / STEPS, color="black", linewidth=0.8, linestyle=":")
    axes.annotate("rounding: 1e-16 / h", (STEPS[1], 1e-16 / STEPS[1]), (6, 8), textcoords="offset points", fontsize=8)
    axes.loglog(STEPS, STEPS**2, color="black", linewidth=0.8, linestyle=":")
    axes.annotate("formula: h²", (STEPS[-6], STEPS[-6] ** 2), (-58, 6), textcoords="offset points", fontsize=8)
    axes.axvline(story.step, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="step h", ylabel="relative error", ylim=(FLOOR / 3, 1), title="why this h")
    axes.legend(loc="lower left")

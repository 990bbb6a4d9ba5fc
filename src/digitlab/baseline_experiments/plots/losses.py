"""The losses' picture: where textbook formulas break, which gradients vanish, and what guessing costs."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from digitlab.baseline_experiments.losses import LOGITS, WIDE, Story
from digitlab.baseline_experiments.plots.style import COLOURS, DARK, LIGHT, new_figure, save


def draw(story: Story, directory: Path) -> list[str]:
    """Write `losses.png`."""
    figure, (values, slopes, first) = new_figure(3, height=3.4)
    _draw_losses(values, story)
    _draw_slopes(slopes, story)
    _draw_first(first, story)
    save(figure, directory / "losses.png")
    return ["losses.png"]


def _draw_losses(axes: Axes, story: Story) -> None:
    """Draw both formulas, and hatch where the naive one gives no finite number."""
    axes.plot(WIDE, story.stable, color=DARK, linewidth=3.5, label="from the logit")
    axes.plot(WIDE, np.where(np.isfinite(story.naive), story.naive, np.nan), color=LIGHT, linestyle="--", label="naive")
    for broken, text in ((np.isinf(story.naive), "naive:\ninf"), (np.isnan(story.naive), "naive:\nnan")):
        low, high = WIDE[broken].min(), WIDE[broken].max()
        axes.axvspan(low, high, facecolor="#f2f2f2", edgecolor="#bbbbbb", hatch="//", linewidth=0, zorder=0)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.annotate(text, ((low + high) / 2, 330), ha="center", fontsize=8, bbox=box)
    axes.set(xlabel="logit", title="cross-entropy, target 1", xlim=(WIDE[0], WIDE[-1]), ylim=(-20, 1050))
    axes.set_xticks([-1000, -710, -500, -250, 37, 300])  # e^710 overflows; from 37 on p rounds to 1
    axes.grid(axis="x", visible=False)
    axes.legend(loc="upper center")


def _draw_slopes(axes: Axes, story: Story) -> None:
    axes.plot(LOGITS, story.slopes["binary"], color=DARK, label="cross-entropy: p - 1")
    axes.plot(LOGITS, story.slopes["mse"], color=LIGHT, linestyle="--", label="MSE: 2 (p - 1) p (1 - p)")
    axes.annotate("wrong and sure:\nMSE no longer learns", (-6.5, -0.01), (-7.8, -0.38), fontsize=8,
                  arrowprops={"arrowstyle": "->"})  # fmt: skip
    axes.set(xlabel="logit, of which p is the sigmoid", title="gradient, target 1", ylim=(-1.05, 0.05))
    axes.legend(loc="lower right")


def _draw_first(axes: Axes, story: Story) -> None:
    """Draw mean and standard deviation of the fresh nets' first losses on the line ln C."""
    counts = sorted({count for _, count in story.first})
    reach = np.geomspace(counts[0] / 1.3, counts[-1] * 1.3, 50)
    axes.plot(reach, np.log(reach), color="black", linewidth=1, label="ln C: equal logits")
    kinds = (("torch", DARK, "o", "torch's weights", 0.95), ("he", COLOURS[4], "s", "He's weights", 1.05))
    for name, colour, marker, label, shift in kinds:
        losses = np.array([story.first[name, count] for count in counts])
        mean, deviation = losses.mean(1), losses.std(1, ddof=len(story.seeds) > 1)
        places = np.array(counts) * shift
        axes.errorbar(places, mean, deviation, color=colour, fmt=marker, markersize=5, capsize=3, label=label)
    axes.set(
        xscale="log", xlabel="classes C", title=f"first loss, mean ± sd of {len(story.seeds)} nets", ylim=(0, None)
    )
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.legend(loc="upper left")

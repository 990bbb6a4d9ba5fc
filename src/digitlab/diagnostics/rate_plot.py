"""The picture of a range test: loss over rate, with the rate that is suggested and the one that was set."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from digitlab.baseline_experiments.plots.style import DARK, GREY, LIGHT, new_figure

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.rate_curve import RangeTest


def draw_range_test(test: "RangeTest", configured: float | None) -> Figure:
    """Return the picture.

    Args:
        test: With at least one loss.
        configured: The rate that was set before; `None` if there was none.
    """
    figure, (axes,) = new_figure(1, width=6.0, height=3.6)
    axes.plot(test.lr, test.measured, ".", color=GREY, markersize=3, label="loss of each step")
    axes.plot(test.lr, test.loss, color=DARK, label="smoothed")
    for rate, name, colour in ((test.suggestion, "suggested", LIGHT), (configured, "configured before", GREY)):
        if rate is not None and test.lr[0] <= rate <= max(test.lr[-1], test.lr[0]):
            axes.axvline(rate, color=colour, linestyle="--", label=f"{name}: {rate:.3g}")
    if test.diverges_at is not None:
        axes.axvspan(test.diverges_at, max(test.lr[-1], test.diverges_at), color=GREY, alpha=0.15, label="fails")
    lowest, highest = min(test.loss), max(test.loss)
    room = 0.1 * (highest - lowest) or 0.1
    axes.set(xscale="log", xlabel="learning rate", ylabel="loss", ylim=(lowest - room, highest + room))
    axes.set_title("Learning-rate range test: each step at a higher rate")
    axes.legend()
    return figure

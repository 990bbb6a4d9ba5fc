"""What the losses of a range test say: which rate to train with, and from which on training fails."""

import math
from dataclasses import dataclass, field

SMOOTHING = 0.15  # decades: standard deviation of the window, so that a dozen steps of the usual hundred count
LEAST_GAIN = 0.02  # of the first loss; a fall of less is noise
CEILING = 1.0  # of the first loss: how far above it a loss counts
LOST = 0.5  # share of the gain that is lost again where a rate is called too high


@dataclass(frozen=True)
class RangeTest:
    """The losses at rising rates, and what follows from them.

    Attributes:
        lr: The rates, rising; as far as the loss was a finite number.
        loss: Of the batch at each rate, smoothed.
        suggestion: The rate to train with: a tenth of the one with the lowest loss. `None` if the loss never fell.
        diverges_at: The lowest rate from which on training fails: the loss is no finite number, or has lost half of
            what it had gained. `None` if there is none within the test.
        steepest: Where the loss falls fastest; never above the rate with the lowest loss.
        lowest: The rate with the lowest loss.
        measured: The losses as they were measured.
    """

    lr: list[float]
    loss: list[float]
    suggestion: float | None
    diverges_at: float | None
    steepest: float | None = None
    lowest: float | None = None
    measured: list[float] = field(default_factory=list)


def read_curve(rates: list[float], losses: list[float], failed_at: float | None = None) -> RangeTest:
    """Return what the losses at rising rates say.

    The suggestion is "the minimum divided by ten" of fastai's `lr_find`; the steepest descent stands beside it.

    Args:
        rates: Above 0, rising.
        losses: Of a batch at each rate.
        failed_at: A rate beyond these at which there was no loss any more; `None` if there is none.

    References:
        Smith, "Cyclical Learning Rates for Training Neural Networks", 2017 (arXiv of 2015), section 3.3, for the test.
        Howard and Gugger, "fastai: A Layered API for Deep Learning", 2020, and its `Learner.lr_find`, for smoothing
        and for both suggestions.
    """
    finite = next((place for place, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    failed_at = rates[finite] if finite < len(rates) else failed_at
    rates, losses = rates[:finite], losses[:finite]
    if len(rates) < 3:
        return RangeTest(rates, losses, None, failed_at, measured=losses)
    places = [math.log10(rate) for rate in rates]
    ceiling = losses[0] + CEILING * max(1.0, abs(losses[0]))  # else one huge loss hides what came before it
    smooth = smoothed(places, [min(loss, ceiling) for loss in losses])
    best = min(range(len(smooth)), key=smooth.__getitem__)
    first = max(smooth[: best + 1])
    gain = first - smooth[best]
    if gain < LEAST_GAIN * abs(first):
        return RangeTest(rates, smooth, None, failed_at, measured=losses)
    after = range(best + 1, len(rates))
    diverges_at = next((rates[place] for place in after if smooth[place] - smooth[best] > LOST * gain), failed_at)
    slopes = {
        place: (smooth[place + 1] - smooth[place - 1]) / (places[place + 1] - places[place - 1])
        for place in range(1, min(best + 1, len(smooth) - 1))
    }
    steepest = rates[min(slopes, key=slopes.__getitem__)] if slopes else rates[best]
    return RangeTest(rates, smooth, rates[best] / 10, diverges_at, steepest, rates[best], losses)


def smoothed(places: list[float], values: list[float]) -> list[float]:
    """Return means weighted by nearness, which unlike running means do not shift a curve to the right.

    Args:
        places: Where the values are, in decades.
        values: As many.
    """
    result = []
    for centre in places:
        weights = [math.exp(-0.5 * ((place - centre) / SMOOTHING) ** 2) for place in places]
        total = sum(weight * value for weight, value in zip(weights, values, strict=True))
        result.append(total / sum(weights))
    return result

"""What losses at rising rates say."""

import math

import pytest

from digitlab.diagnostics.evidence.rate_curve import read_curve, smoothed

RATES = [10 ** (-7 + 8 * step / 99) for step in range(100)]


def curve(low: float, high: float, start: float = 2.3, best: float = 0.3) -> list[float]:
    """A loss that falls between the rates `low` and `high`, and climbs a decade above `high`."""
    losses = []
    for rate in RATES:
        fall = min(1.0, max(0.0, math.log10(rate / low) / math.log10(high / low)))
        climb = max(0.0, math.log10(rate / (10 * high)))
        losses.append(start - (start - best) * fall + 5 * climb)
    return losses


def test_the_suggestion_is_a_tenth_of_the_rate_with_the_lowest_loss() -> None:
    found = read_curve(RATES, curve(1e-4, 1e-2))
    assert found.lowest is not None
    assert 1e-2 <= found.lowest < 2e-1
    assert found.suggestion == pytest.approx(found.lowest / 10)
    assert found.steepest is not None
    assert 1e-4 < found.steepest < 1e-2
    assert found.diverges_at is not None
    assert found.lowest < found.diverges_at < 1


def test_a_loss_that_never_falls_suggests_nothing() -> None:
    found = read_curve(RATES, [2.3 + 0.01 * math.sin(step) for step in range(100)])
    assert (found.suggestion, found.diverges_at) == (None, None)


def test_a_loss_that_falls_to_the_end_diverges_nowhere() -> None:
    found = read_curve(RATES, curve(1e-3, 10))
    assert found.diverges_at is None
    assert found.suggestion == pytest.approx(1, rel=0.5)


@pytest.mark.parametrize("end", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_curve(end: float) -> None:
    losses = [*curve(1e-4, 1e-2)[:80], *[end] * 20]
    found = read_curve(RATES, losses)
    assert len(found.lr) == len(found.loss) == len(found.measured) == 80
    assert found.diverges_at is not None
    assert found.diverges_at <= RATES[80]
    early = read_curve(RATES, [*[2.3] * 50, end, *[2.3] * 49])
    assert early.diverges_at == RATES[50]


def test_a_huge_loss_hides_nothing() -> None:
    losses = curve(1e-4, 1e-2)
    losses[85] = 1e30
    found = read_curve(RATES[:86], losses[:86])
    assert found.lowest == pytest.approx(read_curve(RATES[:80], losses[:80]).lowest, rel=0.3)


def test_nothing_measured_says_nothing() -> None:
    found = read_curve([], [], 1e-7)
    assert (found.suggestion, found.diverges_at) == (None, 1e-7)


def test_smoothing_keeps_a_line_and_does_not_shift_a_step() -> None:
    places = [step / 10 for step in range(50)]
    assert smoothed(places, [3.0] * 50) == pytest.approx([3.0] * 50)
    step = smoothed(places, [0.0] * 25 + [1.0] * 25)
    assert step[24] == pytest.approx(1 - step[25])

"""Curves: the right places, gaps where there is no number, round numbers at the axes."""

import math
import re
from itertools import pairwise

import pytest

from digitlab.reports.line_chart import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_POINTS,
    RIGHT,
    WIDTH,
    Chart,
    decades,
    number_text,
    thinned,
    ticks,
)

NAN = float("nan")


def path(chart: Chart) -> str:
    found = re.search(r'class="curve curve-0" d="([^"]*)"', chart.svg())
    assert found is not None
    return found[1]


def test_the_ends_of_a_curve_lie_at_the_ends_of_the_axis() -> None:
    steps = re.findall(r"[ML]([\d.]+) ([\d.]+)", path(Chart("a", [[(0, 0), (5, 1), (10, 0)]], "x", "y")))
    places = [(float(x), float(y)) for x, y in steps]
    assert [x for x, _ in places] == [LEFT, (LEFT + WIDTH - RIGHT) / 2, WIDTH - RIGHT]
    assert places[0][1] == places[2][1] == HEIGHT - BOTTOM
    assert places[1][1] < 40  # upwards is less


def test_a_logarithmic_axis_has_equal_steps_for_equal_ratios() -> None:
    curve = [(1e-5, 1.0), (1e-4, 1.0), (1e-3, 1.0), (0.0, 1.0), (-1.0, 1.0)]
    places = [float(x) for x in re.findall(r"[ML]([\d.]+)", path(Chart("a", [curve], "x", "y", logarithmic=True)))]
    assert len(places) == 3
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)


def test_what_is_no_number_is_a_gap() -> None:
    drawn = path(Chart("a", [[(0, 1.0), (1, NAN), (2, 1.0), (3, math.inf), (4, 2.0)]], "x", "y"))
    assert drawn.count("M") == 3
    assert "nan" not in drawn
    assert "inf" not in drawn


@pytest.mark.parametrize("curve", [[], [(0.0, NAN)], [(NAN, 1.0)]])
def test_nothing_to_draw_is_nothing(curve: list[tuple[float, float]]) -> None:
    assert Chart("a", [curve], "x", "y").svg() == ""


@pytest.mark.parametrize("curve", [[(3.0, 0.0)], [(0.0, 0.0), (1.0, 0.0)], [(1.0, -2.0), (2.0, -1.0)], [(1e9, 1e-9)]])
def test_odd_ranges_can_be_drawn(curve: list[tuple[float, float]]) -> None:
    assert "nan" not in Chart("a", [curve], "x", "y").svg()


def test_words_are_escaped() -> None:
    assert "<b>" not in Chart("<b>", [[(0, 1)]], "<b>", "<b>", levels={"chance": 2.0}).svg()


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 2.39), (0, 8600), (-3, 4), (1e-9, 3e-9), (0, 1e9)])
def test_ticks_are_few_round_and_within(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 3 <= len(found) <= 6
    assert all(low - 1e-12 <= tick <= high * (1 + 1e-9) for tick in found)
    steps = {round((b - a) / (high - low), 6) for a, b in pairwise(found)}
    assert len(steps) == 1


def test_decades() -> None:
    assert decades(1e-6, 10) == [10.0**power for power in range(-6, 2, 2)]
    assert decades(2e-3, 5e-3) == [2e-3, 5e-3]
    assert decades(1e-3, 1e-3) == [1e-3]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.003, "0.003"), (1e-5, "1e-5"), (2.5e-7, "2.5e-7"), (8600, "8,600"), (2.302585, "2.3"), (3e6, "3e6"),
     (-4, "-4")],
)  # fmt: skip
def test_numbers_are_short(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_long_curve_keeps_its_extremes() -> None:
    curve = [(float(step), math.sin(step)) for step in range(10_000)]
    curve[7_777] = (7_777.0, 50.0)
    curve[0] = (0.0, NAN)
    short = thinned(curve)
    assert len(short) <= MOST_POINTS + 2
    assert (7_777.0, 50.0) in short
    assert [x for x, _ in short] == sorted(x for x, _ in short)
    assert thinned(short[:100]) == short[:100]
    assert all(math.isnan(y) for _, y in thinned([(float(step), NAN) for step in range(1000)]))

"""Universal approximation: the construction is what it says it is, and the small experiment tells its story."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.baseline.activations import ReLU
from digitlab.baseline.linear import Linear
from digitlab.baseline.optimizers import Adam
from digitlab.baseline_experiments import approximation
from digitlab.baseline_experiments.approximation import BETWEEN, DENSE, check, curvature, linear, rmse, slope, target
from digitlab.baseline_experiments.outcome import Outcome
from digitlab.baseline_experiments.piecewise import Spline, as_net, best_rmse, construct, least_squares, spread
from digitlab.baseline_experiments.plots.approximation import draw
from digitlab.errors import UserError
from digitlab.system.atomic_files import write_csv

DENSITY = np.abs(curvature(DENSE)) ** 0.4


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return approximation.run(widths=[2, 8, 32], lr=0.01, epochs=120, points=50, seeds=2, seed=0)


def test_curvature_is_the_second_derivative() -> None:
    x, h = np.linspace(-1, 1, 50), 1e-4
    numeric = (target(x + h) - 2 * target(x) + target(x - h)) / h**2
    np.testing.assert_allclose(curvature(x), numeric, atol=1e-5)


@pytest.mark.parametrize("level", range(4))
def test_the_net_is_the_spline_whichever_piece_is_level(level: int) -> None:
    knots = np.array([-1.0, -0.5, 0.1, 0.6, 1.0])
    values = np.random.default_rng(level).normal(size=5)
    values[level + 1] = values[level]
    net = as_net(Spline(knots, values, level))
    x = np.linspace(-1, 1, 101)
    np.testing.assert_allclose(net(x[:, None])[:, 0], np.interp(x, knots, values), atol=1e-14)
    first, activation, last = net[0], net[1], net[2]
    assert isinstance(first, Linear)
    assert isinstance(activation, ReLU)
    assert isinstance(last, Linear)
    assert first.weight.data.shape == (3, 1)
    np.testing.assert_allclose(np.sort(-first.bias.data / first.weight.data[:, 0]), knots[1:-1])


def test_knots_share_the_density_evenly() -> None:
    knots = spread(DENSE, DENSITY, 10)
    middle = (DENSE[1:] + DENSE[:-1]) / 2
    weight = (DENSITY[1:] + DENSITY[:-1]) / 2
    shares = np.histogram(middle, knots, weights=weight)[0] / weight.sum()
    np.testing.assert_allclose(shares, 1 / 11, atol=2e-3)
    np.testing.assert_allclose(np.diff(spread(DENSE, np.ones_like(DENSE), 4)), 0.4)


def test_no_other_values_come_nearer() -> None:
    spline, error = least_squares(spread(DENSE, DENSITY, 12), 3, DENSE, target(DENSE))
    assert spline.values[3] == spline.values[4]
    for index in range(14):
        for change in (-0.01, 0.01):
            values = spline.values.copy()
            values[[3, 4] if index in (3, 4) else index] += change
            assert np.sqrt(np.mean((np.interp(DENSE, spline.knots, values) - target(DENSE)) ** 2)) > error


def test_density_of_curvature_beats_even_knots_and_comes_to_the_limit() -> None:
    ours = rmse(as_net(construct(DENSE, target(DENSE), DENSITY, 100)))
    even = rmse(as_net(construct(DENSE, target(DENSE), np.ones_like(DENSE), 100)))
    limit = best_rmse(DENSE, curvature(DENSE), 100)
    assert ours == pytest.approx(limit, rel=0.015)
    assert even > 1.15 * ours


def test_moved_kinks_come_nearer() -> None:
    refined = rmse(as_net(construct(DENSE, target(DENSE), DENSITY, 4)))
    unmoved = min(least_squares(spread(DENSE, DENSITY, 4), level, DENSE, target(DENSE))[1] for level in range(5))
    assert refined < 0.5 * unmoved


def test_a_linear_net_draws_a_straight_line() -> None:
    output = linear(16, 0)(BETWEEN)[:, 0]
    np.testing.assert_allclose(np.diff(output, 2), 0, atol=1e-14)


def test_the_rate_falls_to_zero_and_the_looks_come_from_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Adam] = []
    monkeypatch.setattr(approximation, "Adam", lambda *arguments: made.append(Adam(*arguments)) or made[-1])
    net = linear(4, 0)
    looks = approximation.train(net, np.linspace(-1, 1, 20)[:, None], 0.1, 100, frames=10)
    assert made[0].lr == pytest.approx(0, abs=1e-12)
    assert [look[0] for look in looks] == [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]
    assert looks[-1][1] == rmse(net) < looks[0][1]


def test_slope_is_the_exponent() -> None:
    assert slope([8, 16, 32], [3.0 / w**2 for w in (8, 16, 32)]) == pytest.approx(-2)


def test_the_story_is_told(outcome: Outcome, tmp_path: Path) -> None:
    story = outcome.story
    kept = {bound.figure: bound.kept for bound in outcome.bounds}
    assert kept["built net's error, of the best in the limit"]
    assert kept["trained ReLU's error, of the built net's"]
    assert kept["linear nets' largest distance from the straight line's error"]
    assert not kept["tanh's error, of the linear net's"]  # 120 steps are too few
    assert story.errors["constructed", 32][0] < story.errors["constructed", 8][0] / 10
    assert story.errors["linear", 32][0] == pytest.approx(story.line, rel=0.01)
    assert 0.7 < story.line < 0.9
    write_csv(tmp_path / "metrics.csv", outcome.metrics)
    with (tmp_path / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * (2 + 2 * 2 + 1)
    assert {row["net"] for row in rows} == {"constructed", "linear", "relu", "tanh", "limit"}


def test_the_pictures_are_drawn(outcome: Outcome, tmp_path: Path) -> None:
    looks = {name: looks[:3] for name, looks in outcome.story.frames.items()}
    assert draw(replace(outcome.story, frames=looks), tmp_path) == ["approximation.png", "approximation.gif"]
    with Image.open(tmp_path / "approximation.png") as picture:
        assert picture.width <= 1100
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50
    with Image.open(tmp_path / "approximation.gif") as moving:
        assert moving.n_frames == 3
        assert moving.width <= 700


@pytest.mark.parametrize("widths", [[1, 2, 4, 8], [8, 4, 16], [8, 8, 16], []])
def test_widths_without_a_slope_are_refused(widths: list[int]) -> None:
    with pytest.raises(UserError, match=r"^widths must ascend, with two of 8 or more among them, got \["):
        check(widths=widths, lr=0.01)


def test_more_kinks_than_places_are_refused() -> None:
    with pytest.raises(UserError, match="widths must be at most 1000, "):
        check(widths=[8, 1001])

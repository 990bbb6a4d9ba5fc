"""The surfaces and the way down: gradients, minima, paths, and the best of many rates."""

import numpy as np
import pytest

from digitlab.baseline.gradcheck import central_differences, relative_error
from digitlab.baseline.optimizers import SGD
from digitlab.baseline_experiments.rates import RIVALS, Sweep, rate_grid
from digitlab.baseline_experiments.surfaces import SURFACES, descend, heights


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_of_the_surfaces_are_those_of_central_differences(name: str) -> None:
    surface, rng = SURFACES[name], np.random.default_rng(0)
    for point in rng.uniform(-1.5, 1.5, (5, 2)):
        numeric = central_differences(lambda p=point: float(surface.value(p)), point)
        assert relative_error(surface.gradient(point), numeric) < 1e-7


@pytest.mark.parametrize("name", SURFACES)
def test_minima_are_minima(name: str) -> None:
    surface = SURFACES[name]
    for minimum in np.array(surface.minima, dtype=float):
        assert surface.value(minimum) == pytest.approx(0, abs=1e-20)
        assert np.abs(surface.gradient(minimum)).max() < 1e-10
        around = minimum + np.random.default_rng(0).normal(0, 0.1, (50, 2))
        assert (surface.value(around) > 0).all()


def test_the_saddle_has_a_pass_and_the_tilted_ravine_the_heights_of_the_straight_one() -> None:
    saddle = SURFACES["saddle"]
    assert saddle.value(np.zeros(2)) == 1
    assert not saddle.gradient(np.zeros(2)).any()
    curvature = [
        central_differences(lambda p=p, i=i: float(saddle.gradient(p)[i]), p)[i] for i, p in enumerate(np.zeros((2, 2)))
    ]
    np.testing.assert_allclose(curvature, [2, -2], rtol=1e-6)
    turned = np.array([3.0, 0.0]) @ np.array([[1, 1], [-1, 1]]) / 2**0.5
    assert SURFACES["tilted ravine"].value(turned) == pytest.approx(
        float(SURFACES["ravine"].value(np.array([3.0, 0.0])))
    )


@pytest.mark.parametrize("name", ["GD", "Nesterov", "RMSprop", "Adam"])
def test_points_that_descend_together_go_as_if_alone(name: str) -> None:
    surface = SURFACES["Beale"]
    starts = surface.draw_starts(3, np.random.default_rng(0))
    together = descend(surface, RIVALS[name], 0.003, starts, 20)
    alone = [descend(surface, RIVALS[name], 0.003, start, 20) for start in starts]
    np.testing.assert_array_equal(together, np.stack(alone, axis=1))


def test_gradient_descent_cares_for_the_ravine_but_not_for_its_tilt() -> None:
    turn = np.array([[1.0, 1.0], [-1.0, 1.0]]) / 2**0.5
    paths = {}
    for name in ("GD", "Adam"):
        straight = descend(SURFACES["ravine"], RIVALS[name], 0.01, np.array([-2.0, 1.0]), 30)
        tilted = descend(SURFACES["tilted ravine"], RIVALS[name], 0.01, np.array([-2.0, 1.0]) @ turn, 30)
        paths[name] = np.abs(straight @ turn - tilted).max()
    assert paths["GD"] < 1e-12
    assert paths["Adam"] > 0.01


def test_what_diverges_has_an_infinite_height() -> None:
    path = descend(SURFACES["Rosenbrock"], SGD, 1.0, np.array([-1.2, 1.0]), 30)
    assert heights(SURFACES["Rosenbrock"], path[-1]) == np.inf


def test_grid_best_rate_and_range() -> None:
    rates = rate_grid(1e-2, 1, 2)
    np.testing.assert_allclose(rates, [0.01, 10**-1.5, 0.1, 10**-0.5, 1])
    sweep = Sweep(rates, np.exp(np.array([[4.0], [1.0], [0.0], [0.5], [np.inf]])))
    assert sweep.best_rate == pytest.approx(0.1)
    assert not sweep.at_edge
    low, high = sweep.good_rates(np.exp(0.5))
    assert low == pytest.approx(10**-1.25)
    assert high == pytest.approx(10**-0.5)  # no line leads to a rate that diverged
    assert sweep.decades(np.exp(0.5)) == pytest.approx(0.75)
    assert Sweep(rates, np.array([[1.0], [0.0], [0.0], [0.0], [1.0]])).best == 2  # the middle one

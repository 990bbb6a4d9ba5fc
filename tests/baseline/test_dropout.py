"""Dropout while training: what it drops, what it keeps, and how it scales that."""

import numpy as np
import pytest

from digitlab.baseline.dropout import Dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_what_is_kept_is_scaled_and_its_expectation_is_the_input(p: float) -> None:
    x = np.random.default_rng(0).normal(3, 1, (400, 500))
    y = Dropout(p, rng=np.random.default_rng(1))(x)
    kept = y != 0
    np.testing.assert_allclose(y[kept], x[kept] / (1 - p), rtol=1e-15)
    deviation = np.sqrt(p * (1 - p) / x.size)  # of the share
    assert kept.mean() == pytest.approx(1 - p, abs=5 * deviation)
    assert y.mean() == pytest.approx(x.mean(), abs=5 * deviation * 3.2 / (1 - p))


def test_gradient_takes_the_way_of_the_values() -> None:
    layer = Dropout(0.4, rng=np.random.default_rng(0))
    y = layer(np.ones((20, 30)))
    gradient = np.random.default_rng(1).normal(size=(20, 30))
    np.testing.assert_allclose(layer.backward(gradient), gradient * y, rtol=1e-15)
    assert 0 < (y == 0).sum() < y.size


def test_evaluation_passes_everything_both_ways() -> None:
    layer = Dropout(0.4, rng=np.random.default_rng(0))
    x = np.ones((4, 5))
    layer(x)  # leaves a mask behind, which evaluation must not use
    layer.eval()
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_each_pass_draws_a_mask_of_its_own_from_the_generator() -> None:
    x = np.ones((20, 30))
    layer, same = (Dropout(0.5, rng=np.random.default_rng(7)) for _ in range(2))
    first, second = layer(x), layer(x)
    assert (first != second).any()
    np.testing.assert_array_equal(same(x), first)
    np.testing.assert_array_equal(same(x), second)

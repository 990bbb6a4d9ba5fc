"""Batch normalisation beyond parity: what it promises, and what it refuses."""

import numpy as np
import pytest

from digitlab.baseline.batch_norm import BatchNorm1d, BatchNorm2d


def test_every_feature_leaves_with_mean_zero_and_variance_one() -> None:
    y = BatchNorm2d(3)(np.random.default_rng(0).normal(7, 4, (8, 3, 5, 6)))
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-14)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, atol=1e-5)  # but for eps


def test_running_statistics_are_those_of_the_data_in_the_end() -> None:
    rng = np.random.default_rng(0)
    layer = BatchNorm1d(2)
    for _ in range(300):
        layer(rng.normal([3, -1], [2, 0.5], (200, 2)))
    assert layer.num_batches_tracked == 300
    np.testing.assert_allclose(layer.running_mean, [3, -1], atol=0.15)
    np.testing.assert_allclose(layer.running_var, [4, 0.25], rtol=0.15)


def test_one_value_per_feature_has_no_variance() -> None:
    with pytest.raises(ValueError, match=r"more than 1 value per feature to train, got shape \(1, 4\)"):
        BatchNorm1d(4)(np.zeros((1, 4)))
    assert BatchNorm1d(4).eval()(np.zeros((1, 4))).shape == (1, 4)
    assert BatchNorm1d(4)(np.zeros((1, 4, 2))).shape == (1, 4, 2)


@pytest.mark.parametrize(("layer", "shape"), [(BatchNorm1d(3), (2, 3, 4, 4)), (BatchNorm2d(3), (2, 3))])
def test_other_dimensions_are_refused(layer, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"{type(layer).__name__} takes .* dimensions, got shape"):
        layer(np.zeros(shape))

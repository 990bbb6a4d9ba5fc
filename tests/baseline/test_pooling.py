"""Pooling where it is not obvious: equal values in one window."""

import numpy as np
import pytest
from torch import nn

from digitlab.baseline.pooling import MaxPool2d
from support.parity import parity


@pytest.mark.parametrize("options", [(2,), (3, 2), (3, 1)])
def test_of_equal_values_the_first_gets_the_gradient(options: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (3, 2, 7, 8)).astype(float)
    forward, gradient = parity(MaxPool2d(*options), nn.MaxPool2d(*options), x, rng)
    assert forward == 0
    assert gradient < 1e-15


def test_a_flat_window_gives_its_first_pixel_everything() -> None:
    pool = MaxPool2d(2)
    pool(np.zeros((1, 1, 2, 2)))
    np.testing.assert_array_equal(pool.backward(np.array([[[[5.0]]]])), [[[[5, 0], [0, 0]]]])

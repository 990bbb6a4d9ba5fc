"""The losses are torch's, and finite where the textbook formulas are not."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from digitlab.baseline.losses import binary_cross_entropy, cross_entropy, mse
from support.parity import FORWARD, gap

TORCH = {
    mse: functional.mse_loss,
    binary_cross_entropy: functional.binary_cross_entropy_with_logits,
    cross_entropy: functional.cross_entropy,
}


def deviations(loss, prediction: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Return how far value and gradient are from torch's, when nothing may overflow or divide by zero."""
    inputs = torch.tensor(prediction, requires_grad=True)
    expected = TORCH[loss](inputs, torch.as_tensor(target))
    expected.backward()
    with np.errstate(all="raise", under="ignore"):
        value, gradient = loss(prediction, target)
    assert isinstance(value, float)
    return abs(value - expected.item()), gap(gradient, inputs.grad)


@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (4, 3), (2, 3, 4)])
@pytest.mark.parametrize("loss", [mse, binary_cross_entropy])
def test_losses_of_values_are_torchs(loss, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    value, gradient = deviations(loss, rng.normal(0, 3, shape), rng.uniform(size=shape))
    assert value < FORWARD
    assert gradient < FORWARD


@pytest.mark.parametrize(("batch", "classes"), [(1, 2), (7, 10), (32, 3)])
def test_cross_entropy_is_torchs(batch: int, classes: int) -> None:
    rng = np.random.default_rng(0)
    value, gradient = deviations(cross_entropy, rng.normal(0, 3, (batch, classes)), rng.integers(0, classes, batch))
    assert value < FORWARD
    assert gradient < FORWARD


@pytest.mark.parametrize("size", [100.0, 1000.0])
def test_losses_are_right_and_finite_at_huge_logits(size: float) -> None:
    logits = size * np.array([[-1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
    for label in range(3):
        assert max(deviations(cross_entropy, logits, np.full(3, label))) < FORWARD
    for target in (0.0, 0.3, 1.0):
        assert max(deviations(binary_cross_entropy, logits, np.full_like(logits, target))) < FORWARD


@pytest.mark.parametrize("classes", [2, 10, 47])
def test_equal_logits_cost_what_guessing_costs(classes: int) -> None:
    value, _ = cross_entropy(np.full((5, classes), 3.0), np.arange(5) % classes)
    assert value == pytest.approx(math.log(classes), rel=1e-14)


def test_gradient_of_the_three_pairs_is_prediction_less_target() -> None:
    rng = np.random.default_rng(0)
    logits, target = rng.normal(size=(4, 1)), np.array([[0.0], [1.0], [1.0], [0.0]])
    both = np.hstack([np.zeros_like(logits), logits])  # softmax over (0, x) is sigmoid of x
    value, gradient = cross_entropy(both, target[:, 0].astype(int))
    binary_value, binary_gradient = binary_cross_entropy(logits, target)
    assert value == pytest.approx(binary_value, rel=1e-14)
    np.testing.assert_allclose(gradient[:, 1:], binary_gradient, rtol=1e-13)
    np.testing.assert_allclose(mse(logits, target)[1], 2 * (logits - target) / 4, rtol=1e-14)

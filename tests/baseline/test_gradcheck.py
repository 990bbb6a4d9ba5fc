"""Every gradient against finite differences, and the check itself against faults planted for it."""

import numpy as np
import pytest

from digitlab.baseline.batch_norm import BatchNorm1d
from digitlab.baseline.gradcheck import central_differences, gradcheck, gradcheck_loss, relative_error
from digitlab.baseline.losses import binary_cross_entropy, cross_entropy, mse
from digitlab.baseline.module import Array, Module, Parameter
from support.battery import CASES

TOLERANCE = 1e-7


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_every_layer_has_the_gradient_of_its_output(name: str, training: bool) -> None:
    rng = np.random.default_rng(0)
    layer = CASES[name].build(rng, training)
    errors = gradcheck(layer, CASES[name].spread(rng), rng)
    assert set(errors) == {"input", *(name for name, _ in layer.named_parameters())}
    assert max(errors.values()) < TOLERANCE, errors


LOSSES = {
    "mse": (mse, lambda rng: rng.normal(size=(4, 3))),
    "binary_cross_entropy": (binary_cross_entropy, lambda rng: rng.uniform(size=(4, 3))),
    "cross_entropy": (cross_entropy, lambda rng: rng.integers(0, 3, 4)),
}


@pytest.mark.parametrize(("loss", "target"), LOSSES.values(), ids=LOSSES)
def test_every_loss_has_the_gradient_of_its_value(loss, target) -> None:
    rng = np.random.default_rng(0)
    assert gradcheck_loss(loss, rng.normal(size=(4, 3)), target(rng)) < TOLERANCE


class Square(Module):
    """y = w x², whose gradients are g · 2 w x and Σ g · x²; other factors are faults."""

    def __init__(self, input_factor: float = 2.0, weight_factor: float = 1.0) -> None:
        self.weight = Parameter(np.array([1.5, -0.5, 2.0]))
        self.input_factor, self.weight_factor = input_factor, weight_factor

    def forward(self, x: Array) -> Array:
        self.x = x
        return self.weight.data * x**2

    def backward(self, gradient: Array) -> Array:
        self.weight.grad = self.weight_factor * (gradient * self.x**2).sum(axis=0)
        return self.input_factor * gradient * self.weight.data * self.x


def square_errors(**factors: float) -> dict[str, float]:
    rng = np.random.default_rng(0)
    return gradcheck(Square(**factors), rng.uniform(1, 2, (4, 3)), rng)


def test_the_check_is_content_with_a_right_gradient() -> None:
    assert max(square_errors().values()) < TOLERANCE


@pytest.mark.parametrize(
    ("factors", "wrong", "right"),
    [
        ({"input_factor": -2.0}, "input", "weight"),  # a wrong sign
        ({"input_factor": 1.0}, "input", "weight"),  # a factor dropped
        ({"input_factor": 2.0001}, "input", "weight"),
        ({"weight_factor": -1.0}, "weight", "input"),
        ({"weight_factor": 0.25}, "weight", "input"),  # the mean over the batch instead of the sum
    ],
)
def test_the_check_finds_a_planted_fault(factors: dict[str, float], wrong: str, right: str) -> None:
    errors = square_errors(**factors)
    assert errors[wrong] > 100 * TOLERANCE
    assert errors[right] < TOLERANCE


@pytest.mark.parametrize("factor", [-1.0, 0.5, 1.001])
def test_the_check_finds_a_fault_in_a_loss(factor: float) -> None:
    def faulty(prediction: Array, target: Array) -> tuple[float, Array]:
        value, gradient = mse(prediction, target)
        return value, factor * gradient

    rng = np.random.default_rng(0)
    assert gradcheck_loss(faulty, rng.normal(size=(4, 3)), rng.normal(size=(4, 3))) > 100 * TOLERANCE


def test_the_check_leaves_the_module_as_after_one_pass() -> None:
    rng = np.random.default_rng(0)
    layer, same = BatchNorm1d(3), BatchNorm1d(3)
    x = rng.normal(size=(6, 3))
    before = x.copy()
    gradcheck(layer, x, rng)
    same(x)
    np.testing.assert_array_equal(x, before)
    for name, array in same.state_dict().items():
        np.testing.assert_array_equal(layer.state_dict()[name], array)


def test_central_differences_are_the_gradient_and_put_the_array_back() -> None:
    array = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = array.copy()
    gradient = central_differences(lambda: float((array**3).sum()), array)
    np.testing.assert_array_equal(array, before)
    np.testing.assert_allclose(gradient, 3 * array**2, rtol=1e-8)


def test_relative_error_is_a_share_of_the_largest_value_or_of_the_scale() -> None:
    gradient, expected = np.array([0.0, 4.0]), np.array([1.0, -3.0])
    assert relative_error(gradient, expected) == 7 / 4
    assert relative_error(gradient, expected, scale=14.0) == 0.5
    assert relative_error(np.zeros(2), np.zeros(2)) == 0

"""The activations far from zero, where the textbook formulas overflow."""

import numpy as np
import pytest

from digitlab.baseline.activations import ReLU, Sigmoid, Softmax, Tanh

FAR = np.array([[-1000.0, -100.0, 0.0, 100.0, 1000.0]])


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (Sigmoid(), [[0, 0, 0.5, 1, 1]]),
        (Tanh(), [[-1, -1, 0, 1, 1]]),
        (Softmax(), [[0, 0, 0, 0, 1]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_overflows_far_from_zero(activation, expected: list[list[float]]) -> None:
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(activation(FAR), expected, atol=1e-40)
        np.testing.assert_allclose(activation(FAR[:, ::-1])[:, ::-1], expected, atol=1e-40)
        gradient = activation.backward(np.ones_like(FAR))
    assert np.isfinite(gradient).all()


def test_sigmoid_is_exact_where_it_is_tiny() -> None:
    np.testing.assert_allclose(Sigmoid()(np.array([-700.0])), [np.exp(-700.0)], rtol=1e-14)


def test_softmax_of_equal_logits_is_even_and_all_sum_to_one() -> None:
    np.testing.assert_array_equal(Softmax()(np.full((2, 4), 1000.0)), 0.25)
    np.testing.assert_allclose(Softmax()(np.random.default_rng(0).normal(size=(5, 7)) * 50).sum(axis=1), 1)


def test_relu_has_no_gradient_at_its_kink() -> None:
    relu = ReLU()
    relu(np.array([-1.0, 0.0, 1.0]))
    np.testing.assert_array_equal(relu.backward(np.array([5.0, 6.0, 7.0])), [0, 0, 7])

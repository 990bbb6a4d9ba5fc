"""Central differences: the slow, certain way to a gradient, to hold the fast ones against."""

import copy
from collections.abc import Callable

import numpy as np

from digitlab.baseline.checks import as_equals, as_floats, check_callable, generator, instance, number
from digitlab.baseline.module import Array, Module

STEP = 1e-5  # error of the formula ~ step², of rounding ~ 1e-16 / step: both about 1e-10 here


def central_differences(function: Callable[[], float], array: Array, step: float = STEP) -> Array:
    """Return the gradient of `function()` with respect to `array`, which it reads and which is changed and put back.

    (f(a + h) - f(a - h)) / 2h for each value, so two calls each. Needs float64: in float32 only three digits are left.

    Raises:
        ValueError: If `array` is not a float64 array, or the step not above 0.
    """
    check_callable("function", function)
    _check_precision("array", instance("array", array, np.ndarray))
    number("step", step, 0, ends="()")
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        original = array[index]
        array[index] = original + step
        above = function()
        array[index] = original - step
        gradient[index] = (above - function()) / (2 * step)
        array[index] = original
    return gradient


def relative_error(gradient: Array, expected: Array, scale: float | None = None) -> float:
    """Return the largest difference as a share of `scale`, by default the largest value of either.

    A value that should be zero is compared on the scale of its neighbours. A whole array that should be (the bias
    before a batch norm) needs the scale of its whole net. An array that holds NaN differs from any other by NaN.

    Raises:
        ValueError: If the shapes differ, or the scale is not above 0.
    """
    gradient, expected = as_equals(gradient=gradient, expected=expected)
    if scale is None:
        scale = max(np.abs(gradient).max(), np.abs(expected).max())
    else:
        number("scale", scale, ends="()")
    difference = np.abs(gradient - expected).max()
    return 0.0 if difference == 0 else float(difference / scale)


def gradcheck(module: Module, x: Array, rng: np.random.Generator, step: float = STEP) -> dict[str, float]:
    """Return the relative error of the gradients of the input ("input") and of every parameter, by its name.

    The loss is Σ y r with a random r, so that every output counts, each its own way. Layers with a kink (ReLU, the
    maximum) have to be given inputs that stay away from it by more than `step`. Dropout draws the same mask every time,
    since each evaluation works on a copy of the module, generator and all.

    Args:
        module: In float64; its gradients are set, and it is otherwise left as it was after a forward pass.
        x: float64 `(B, ...)`.
        rng: Draws r.
        step: h of the differences.

    Raises:
        ValueError: If anything is not in float64.
    """
    x = as_floats("x", x).copy()  # it is changed on the way
    before = copy.deepcopy(instance("module", module, Module))
    varied = {"input": x} | {name: parameter.data for name, parameter in before.named_parameters()}
    for name, array in varied.items():
        _check_precision(name, array)
    r = generator(rng).normal(size=module.forward(x).shape)
    computed = {"input": module.backward(r)}
    computed |= {name: parameter.grad for name, parameter in module.named_parameters()}

    def loss() -> float:
        return float((copy.deepcopy(before).forward(x) * r).sum())

    return {
        name: relative_error(computed[name], central_differences(loss, array, step)) for name, array in varied.items()
    }


def gradcheck_loss(
    loss: Callable[[Array, Array], tuple[float, Array]], prediction: Array, target: Array, step: float = STEP
) -> float:
    """Return the relative error of a loss's gradient with respect to `prediction`, float64."""
    check_callable("loss", loss)
    prediction = as_floats("prediction", prediction).copy()
    numeric = central_differences(lambda: loss(prediction, target)[0], prediction, step)
    return relative_error(loss(prediction, target)[1], numeric)


def _check_precision(name: str, array: Array) -> None:
    if array.dtype != np.float64:
        raise ValueError(f"{name} must be a float64 array, got {array.dtype}")

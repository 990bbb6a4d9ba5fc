"""What every function and layer asks of its arguments: arrays of numbers in the right shape, numbers in their range.

NumPy broadcasts `(4, 1)` against `(4,)`, takes a negative label from the end and rounds what is written into an array
of integers, all without a word. Here each of these is a `ValueError` that says what is allowed and what was given.
Lists, integers and booleans have one meaning as numbers, and are computed with as float64. Every check looks only at
shape and type, except those of labels and of targets that have a range.
"""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

AXES = "BCHW"  # batch, channels or features, height, width


def as_floats(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of floats, without a copy if it is one."""
    array = value if type(value) is np.ndarray else _as_array(name, value)
    if array.dtype.kind != "f":
        if array.dtype.kind not in "iub":
            raise ValueError(f"{name} must be an array of numbers, got {_described(array)}")
        array = array.astype(np.float64)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got {_described(array)}")
    return array


def as_equals(**arrays: Any) -> list[NDArray[Any]]:
    """Return the arrays as floats; all must have one shape."""
    floats = []
    for name, value in arrays.items():
        plain = type(value) is np.ndarray and value.dtype.kind == "f" and value.size  # usual, so no call
        floats.append(value if plain else as_floats(name, value))
        if floats[-1].shape != floats[0].shape:
            given = ", ".join(f"{name} {np.shape(value)}" for name, value in arrays.items())
            raise ValueError(f"{' and '.join(arrays)} must have the same shape, got {given}")
    return floats


def as_batch(layer: str, x: Any, *sizes: int | None) -> NDArray[Any]:
    """Return the input of a layer as floats.

    Args:
        layer: Its name, for the message.
        x: The input.
        sizes: What the shape must be; `None` for any number.
    """
    x = as_floats("x", x)
    if x.ndim != len(sizes) or any(size not in (None, given) for size, given in zip(sizes, x.shape, strict=True)):
        wanted = ", ".join(AXES[axis] if size is None else str(size) for axis, size in enumerate(sizes))
        raise ValueError(f"{layer} takes x of shape ({wanted}), got {_described(x)}")
    return x


def as_gradient(layer: Any, gradient: Any) -> NDArray[Any]:
    """Return the gradient that a layer is given as floats; it must have the shape of the latest output."""
    name, shape = type(layer).__name__, layer.output_shape
    if shape is None:
        raise ValueError(f"{name}.backward needs a forward pass first")
    gradient = as_floats("gradient", gradient)
    if gradient.shape != shape:
        raise ValueError(f"{name}.backward takes a gradient of shape {shape}, the output's, got {_described(gradient)}")
    return gradient


def as_labels(labels: Any, count: int, classes: int) -> NDArray[Any]:
    """Return labels as integers `(count,)` in 0..classes - 1."""
    array = _as_array("labels", labels)
    if array.dtype.kind not in "iu" or array.shape != (count,):
        raise ValueError(f"labels must be integers of shape ({count},), one class a row, got {_described(array)}")
    least, largest = int(array.min()), int(array.max())
    if least < 0 or largest >= classes:
        raise ValueError(f"labels must be in 0..{classes - 1}, got {least} to {largest}")
    return array


def as_shape(name: str, value: Any, least: int) -> tuple[int, ...]:
    """Return a shape of at least `least` axes, each a whole number of at least 1."""
    if not isinstance(value, tuple | list) or len(value) < least:
        raise ValueError(f"{name} must be a tuple of at least {least} whole numbers, got {value!r}")
    return tuple(whole(f"each number of {name}", size) for size in value)


def float_type(name: str, dtype: DTypeLike) -> np.dtype[Any]:
    """Return the type of numbers, which must be a float: integers would cut every weight off."""
    try:
        given = np.dtype(dtype)
    except TypeError as error:
        raise ValueError(f"{name} must be a float type such as np.float32, got {dtype!r}") from error
    if given.kind != "f":
        raise ValueError(f"{name} must be a float type such as np.float32, got {given}")
    return given


def whole(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number of at least `least`."""
    if type(value) is int and value >= least:
        return value
    given = int(value) if isinstance(value, int | Integral) and not isinstance(value, bool) else least - 1
    if given < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return given


def number(name: str, value: Any, low: float = 0, high: float = math.inf, ends: str = "[)") -> Any:
    """Return a number between `low` and `high`, as it is; `ends` says which of the two are allowed."""
    if type(value) is float and low < value < high:  # nearly always, and much faster than asking for a Real
        return value
    given: Any = value if isinstance(value, float | Real) and not isinstance(value, bool) else math.nan
    if low < given < high or (ends[0] == "[" and given == low) or (ends[1] == "]" and given == high):
        return value
    raise ValueError(f"{name} must be a number in {ends[0]}{low:g}, {high:g}{ends[1]}, got {value!r}")


def flag(name: str, value: Any) -> bool:
    """Return True or False: the text "no" would count as true."""
    return bool(instance(name, value, bool, np.bool_))


def instance(name: str, value: Any, *types: type) -> Any:
    """Return a value that must be of one of the types."""
    if not isinstance(value, types):
        raise ValueError(f"{name} must be a {types[0].__name__}, got {_shown(value)}")
    return value


def check_callable(name: str, value: Any) -> Any:
    """Return a value that must be callable."""
    if not callable(value):
        raise ValueError(f"{name} must be a check_callable, got {_shown(value)}")
    return value


def generator(rng: Any) -> np.random.Generator:
    """Return a generator: a seed would draw the same numbers each time."""
    given: np.random.Generator = instance("rng", rng, np.random.Generator)
    return given


def _as_array(name: str, value: Any) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged lists; torch's tensors that need a gradient
        raise ValueError(f"{name} must be an array of numbers, got {type(value).__name__}: {error}") from error


def _described(array: NDArray[Any]) -> str:
    return f"{array.shape} of {array.dtype}"


def _shown(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__

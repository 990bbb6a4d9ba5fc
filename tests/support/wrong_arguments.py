"""Arguments by kind: a value that is right, values that mean the same, and values that must be refused.

A new kind of argument gets a function here; what is tried with it is then tried wherever it stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitlab.baseline.activations import ReLU, Tanh
from digitlab.baseline.linear import Linear
from digitlab.baseline.module import Array, Module

NAN, INF = float("nan"), float("inf")
NOT_NUMBERS = (None, "text", [[1.0], [1.0, 2.0]], np.array([None]), np.array(["a"]), np.ones(2, complex), ReLU())


@dataclass(frozen=True)
class Argument:
    """One argument of one function.

    Attributes:
        good: Makes a value that is right, a new one each time.
        same: Values with which the result is the same.
        bad: Values that must be a `ValueError`.
    """

    good: Callable[[], Any]
    same: Sequence[Any] = ()
    bad: Sequence[Any] = ()

    def refusing(self, *bad: Any) -> "Argument":
        """Return the argument with more values that must be refused."""
        return Argument(self.good, self.same, (*self.bad, *bad))

    def optional(self) -> "Argument":
        """Return the argument with `None` allowed."""
        return Argument(self.good, self.same, [value for value in self.bad if value is not None])


def array(*shape: int, any_shape: bool = False, low: int = -3, high: int = 4) -> Argument:
    """Return an array of whole numbers, so that every type can hold it; of other shapes only with `any_shape`."""
    values = np.random.default_rng(shape).integers(low, high, shape)
    wide = np.zeros((*shape[:-1], 2 * shape[-1]))
    wide[..., ::2] = values
    same = (values, values.tolist(), values.astype(np.int8), values.astype(np.float32), values * 1.0)
    views = (np.asfortranarray(values * 1.0), wide[..., ::2], (values[::-1] * 1.0)[::-1])
    bad = (*NOT_NUMBERS, np.zeros(0), np.zeros((0, *shape[1:])))
    return Argument(lambda: values * 1.0, (*same, *views), bad if any_shape else (*bad, *other_shapes(values * 1.0)))


def other_shapes(values: Array) -> list[Array]:
    """Return what NumPy would often broadcast, or a matrix product take, without a word."""
    others = [values[..., None], values[None], values[0], values[:1], values[..., :1], values.T, values.reshape(-1)]
    return [other for other in others if other.shape != values.shape]


def labels(count: int, classes: int) -> Argument:
    """Return class numbers."""
    values = np.arange(count) % classes
    low, high = values.copy(), values.copy()
    low[0], high[0] = -1, classes
    bad = (values * 1.0, values > 0, values[:, None], np.eye(classes)[values], values[:-1], np.eye(count, dtype=int))
    same = (values.tolist(), values.astype(np.uint8), np.repeat(values, 2)[::2], values[::-1].copy()[::-1])
    return Argument(values.copy, same, (*NOT_NUMBERS, *bad, low, high, values[:0], values * np.nan))


def whole(value: int, least: int = 1) -> Argument:
    """Return a whole number of at least `least`."""
    bad = (least - 1, value + 0.5, float(value), str(value), [value], (value,), None, NAN, INF, True, np.arange(2))
    return Argument(lambda: value, (np.int64(value), np.uint8(value)), bad)


def number(value: float, *outside: float) -> Argument:
    """Return a number in a range; `outside` are numbers beyond it."""
    bad = (*outside, str(value), [value], None, NAN, INF, -INF, True, 1j, np.array([value]))
    return Argument(lambda: value, (np.float64(value),), bad)


def one_of(good: Callable[[], Any], *bad: Any, same: Sequence[Any] = ()) -> Argument:
    """Return an argument of a kind of its own."""
    return Argument(good, same, bad)


def a_layer() -> Module:
    return Linear(3, 3, rng=np.random.default_rng(0))


FLAG = one_of(lambda: False, "no", 0, None, [], same=(np.bool_(False),))
RNG = one_of(lambda: np.random.default_rng(0), 0, None, np.random, np.random.RandomState(0), "seed")
MODULE = one_of(a_layer, None, "relu", ReLU, np.tanh, [ReLU(), Tanh()], np.ones(3))
FLOAT_TYPE = one_of(lambda: np.dtype(np.float32), int, "int8", "nonsense", bool, object, complex, same=("float32",))


def function(good: Callable[..., Any]) -> Argument:
    """Return something to be called."""
    return one_of(lambda: good, None, "relu", 3, [good])


def shape(*sizes: int) -> Argument:
    """Return a shape."""
    bad = (None, "ab", sizes[0], sizes[:1], (*sizes[:-1], 0), (*sizes[:-1], 2.5), (*sizes[:-1], None), (-1, *sizes[1:]))
    return Argument(lambda: sizes, (list(sizes),), bad)

"""Every public function and class with wrong arguments of every kind: a `ValueError`, or the right result.

`support/argument_rows.py` has a row for each, and `test_every_public_name_has_a_row` fails until a new name has one.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import digitlab.baseline
from digitlab.baseline.module import Module, Parameter
from support.argument_rows import ROWS, layer_rows
from support.battery import CASES

ALL_ROWS = ROWS | dict(layer_rows())
ARGUMENTS = [(row, name) for row, (_, arguments) in ALL_ROWS.items() for name in arguments]


def call(row: str, **changed: Any) -> Any:
    function, arguments = ALL_ROWS[row]
    return function(**{name: argument.good() for name, argument in arguments.items()} | changed)


def arrays(result: Any) -> list[Any]:
    """Return all numbers of a result, flat."""
    if isinstance(result, Module):
        result = result.state_dict()
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return [each for part in result for each in arrays(part)]
    return [result.data if isinstance(result, Parameter) else result]


@pytest.mark.parametrize(("row", "name"), ARGUMENTS)
def test_wrong_values_are_a_value_error(row: str, name: str) -> None:
    for value in ALL_ROWS[row][1][name].bad:
        try:
            call(row, **{name: value})
        except ValueError:
            continue
        pytest.fail(f"{row} takes {name}={value!r}")


@pytest.mark.parametrize(("row", "name"), ARGUMENTS)
def test_values_that_mean_the_same_give_the_same(row: str, name: str) -> None:
    expected = arrays(call(row))
    for value in ALL_ROWS[row][1][name].same:
        for ours, wanted in zip(arrays(call(row, **{name: value})), expected, strict=True):
            if isinstance(wanted, np.ndarray | float):
                np.testing.assert_allclose(ours, wanted, rtol=1e-5, atol=1e-6)


def public_names() -> Iterator[str]:
    """Yield every public function, class and method with arguments, but for the checks themselves."""
    for found in pkgutil.walk_packages(digitlab.baseline.__path__, "digitlab.baseline."):
        module = importlib.import_module(found.name)
        own = {name: one for name, one in vars(module).items() if getattr(one, "__module__", "") == found.name}
        for name, one in own.items():
            if found.name.endswith(".checks") or name.startswith("_"):
                continue
            if inspect.isfunction(one):
                yield name
            elif inspect.isclass(one):
                yield from (
                    name for _ in range(not inspect.isabstract(one) and len(inspect.signature(one).parameters) > 0)
                )
                yield from methods(one)


def methods(one: type) -> Iterator[str]:
    """Yield the methods with arguments that are not only promised, and the attributes that may be assigned."""
    for name, method in vars(one).items():
        if isinstance(method, property) and method.fset is not None:
            yield f"{one.__name__}.{name}"
        elif inspect.isfunction(method) and not name.startswith("_") and not hasattr(method, "__isabstractmethod__"):
            yield from [f"{one.__name__}.{name}"] if len(inspect.signature(method).parameters) > 1 else []


def test_every_public_name_has_a_row() -> None:
    tested = set(ROWS)
    for name, case in CASES.items():
        for parent in type(case.ours(np.random.default_rng(0))).__mro__:
            tested |= {f"{parent.__name__}.{row.split(': ')[1]}" for row in ALL_ROWS if row.startswith(f"{name}: ")}
    assert set(public_names()) - tested == set()
    assert len(set(public_names())) > 80

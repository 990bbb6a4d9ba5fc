"""What every optimizer does: take each parameter with its gradient and its own state one step further."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import inf
from typing import Any

import numpy as np

from digitlab.baseline.checks import instance, number, whole
from digitlab.baseline.module import Array, Parameter

BLOCK = (
    32_768  # values updated at a time; they and their temporaries stay in the cache, four times faster than all at once
)

RANGES: dict[str, tuple[float, float, str]] = {  # least and largest value of each option, and which of them is allowed
    "lr": (0, inf, "[)"),
    "weight_decay": (0, inf, "[)"),
    "eps": (0, inf, "[)"),
    "lr_decay": (0, inf, "[)"),
    "initial_accumulator_value": (0, inf, "[)"),
    "momentum": (0, 1, "[)"),
    "alpha": (0, 1, "[)"),
    "beta1": (0, 1, "[)"),
    "beta2": (0, 1, "[)"),
    "dampening": (0, 1, "[]"),
}


def check_options(**options: Any) -> None:
    """Refuse an optimizer's option, or its number of steps, that is out of its range.

    Raises:
        ValueError: With its name, what is allowed and what was given.
    """
    for name, value in options.items():
        if name == "step":
            whole(name, value)
        elif not (type(value) is float and 0 <= value < 1):  # which all of them may be
            number(name, value, *RANGES[name])


def two_betas(betas: tuple[float, float]) -> tuple[float, float]:
    """Return Adam's two shares, both in [0, 1).

    Raises:
        ValueError: If they are not two, or out of range.
    """
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise ValueError(f"betas must be two numbers, got {betas!r}")
    check_options(beta1=betas[0], beta2=betas[1])
    return betas[0], betas[1]


class Optimizer(ABC):
    """Moves parameters downhill.

    Args:
        parameters: What is to be moved. State belongs to a parameter, never to its shape.
        lr: Learning rate, at least 0; may be changed between steps.
        state_names: One array like the parameter is kept for each name, zero at first.

    Attributes:
        steps: Steps taken so far.
        state: For each parameter its arrays by name.

    Raises:
        ValueError: If there is nothing to be moved, something else than a parameter, or one of them twice.
    """

    def __init__(self, parameters: Iterable[Parameter], lr: float, state_names: tuple[str, ...] = ()) -> None:
        check_options(lr=lr)
        self.parameters = [
            instance("each of parameters", one, Parameter) for one in instance("parameters", parameters, Iterable)
        ]
        if len({id(parameter) for parameter in self.parameters}) < max(len(self.parameters), 1):
            raise ValueError("parameters must be at least one, and none of them twice: net.parameters() gives them")
        self.lr = lr
        self.steps = 0
        self.state = [{name: np.zeros_like(parameter.data) for name in state_names} for parameter in self.parameters]

    def step(self) -> None:
        """Update every parameter from its gradient."""
        self.steps += 1
        for parameter, state in zip(self.parameters, self.state, strict=True):
            arrays = [array.reshape(-1) for array in (parameter.data, *state.values())]
            gradient = parameter.grad.reshape(-1)
            for start in range(0, gradient.size, BLOCK):
                block = slice(start, start + BLOCK)
                updated = self.update(gradient[block], *(array[block] for array in arrays))
                for array, values in zip(arrays, updated, strict=True):
                    array[block] = values

    @abstractmethod
    def update(self, gradient: Array, weight: Array, *state: Array) -> tuple[Array, ...]:
        """Return the new weight, and the new state in the order of its names."""

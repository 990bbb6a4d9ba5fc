"""Adagrad: a rate for each weight, smaller the more it has moved."""

from collections.abc import Iterable

import numpy as np

from digitlab.baseline.checks import as_equals
from digitlab.baseline.module import Array, Parameter
from digitlab.baseline.optimizers.base import Optimizer, check_options


def adagrad_update(
    gradient: Array,
    weight: Array,
    total: Array,
    *,
    step: int,
    lr: float,
    lr_decay: float,
    weight_decay: float,
    eps: float,
) -> tuple[Array, Array]:
    """Return the new weight w and sum of squares s.

    g ← g + weight_decay · w        s ← s + g²
    w ← w - lr / (1 + (step - 1) · lr_decay) · g / (√s + eps)
    """
    gradient, weight, total = as_equals(gradient=gradient, weight=weight, total=total)
    check_options(step=step, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
    g = gradient + weight_decay * weight if weight_decay else gradient
    s = total + g * g
    return weight - lr / (1 + (step - 1) * lr_decay) * g / (np.sqrt(s) + eps), s


class Adagrad(Optimizer):
    """Adagrad.

    Args:
        parameters: What is to be moved.
        lr: Learning rate, at least 0; 0.01 as in torch.
        lr_decay: How fast the rate falls, per step.
        weight_decay: Added to the gradient, times the weight.
        initial_accumulator_value: Where the sums of squares start, at least 0.
        eps: Outside the root, 1e-10 as in torch.

    References:
        Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning", 2011.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        check_options(
            lr_decay=lr_decay, weight_decay=weight_decay, eps=eps, initial_accumulator_value=initial_accumulator_value
        )
        super().__init__(parameters, lr, ("total",))
        self.lr_decay, self.weight_decay, self.eps = lr_decay, weight_decay, eps
        for state in self.state:
            state["total"] += initial_accumulator_value

    def update(self, gradient: Array, weight: Array, *state: Array) -> tuple[Array, ...]:
        """Return the new weight and sum of squares."""
        return adagrad_update(
            gradient, weight, *state, step=self.steps, lr=self.lr, lr_decay=self.lr_decay,
            weight_decay=self.weight_decay, eps=self.eps,
        )  # fmt: skip

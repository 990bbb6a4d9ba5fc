"""Gradient descent, with momentum if wanted."""

from collections.abc import Iterable

from digitlab.baseline.checks import as_equals, flag
from digitlab.baseline.module import Array, Parameter
from digitlab.baseline.optimizers.base import Optimizer, check_options


def sgd_update(
    gradient: Array,
    weight: Array,
    velocity: Array,
    *,
    step: int,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
) -> tuple[Array, Array]:
    """Return the new weight w and velocity v.

        g ← g + weight_decay · w
        v ← g at the first step, then momentum · v + (1 - dampening) · g
        w ← w - lr · v, or with Nesterov w - lr · (g + momentum · v)

    The rate is outside the velocity (torch); with it inside (Sutskever and others, 2013) a change of rate acts
    later. Mini-batch or whole data set: the formula is the same, only the gradient differs.
    """
    gradient, weight, velocity = as_equals(gradient=gradient, weight=weight, velocity=velocity)
    check_options(step=step, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay)
    g = gradient + weight_decay * weight if weight_decay else gradient
    if momentum == 0:
        return weight - lr * g, velocity
    v = g if step == 1 else momentum * velocity + (1 - dampening) * g
    return weight - lr * (g + momentum * v if nesterov else v), v


class SGD(Optimizer):
    """Gradient descent.

    Args:
        parameters: What is to be moved.
        lr: Learning rate, at least 0.
        momentum: Share of the velocity kept from step to step, in [0, 1). 0.9 averages about 10 steps.
        dampening: Share of the gradient kept out of the velocity, in [0, 1].
        weight_decay: Added to the gradient, times the weight: L2 regularisation.
        nesterov: Whether to look ahead along the velocity (Nesterov, 1983); needs momentum and no dampening.

    Raises:
        ValueError: If Nesterov is asked for without momentum or with dampening.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        check_options(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay)
        if flag("nesterov", nesterov) and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum above 0 and dampening 0")
        super().__init__(parameters, lr, ("velocity",))
        self.momentum, self.dampening, self.weight_decay, self.nesterov = momentum, dampening, weight_decay, nesterov

    def update(self, gradient: Array, weight: Array, *state: Array) -> tuple[Array, ...]:
        """Return the new weight and velocity."""
        return sgd_update(
            gradient, weight, *state, step=self.steps, lr=self.lr, momentum=self.momentum, dampening=self.dampening,
            weight_decay=self.weight_decay, nesterov=self.nesterov,
        )  # fmt: skip

"""RMSprop: Adagrad that forgets."""

from collections.abc import Iterable

import numpy as np

from digitlab.baseline.checks import as_equals, flag
from digitlab.baseline.module import Array, Parameter
from digitlab.baseline.optimizers.base import Optimizer, check_options


def rmsprop_update(
    gradient: Array,
    weight: Array,
    square: Array,
    mean: Array,
    velocity: Array,
    *,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
) -> tuple[Array, Array, Array, Array]:
    """Return the new weight w, mean square s, mean m and velocity v.

        g ← g + weight_decay · w        s ← alpha · s + (1 - alpha) · g²
        centered: m ← alpha · m + (1 - alpha) · g, and s - m² (the variance) in the place of s below
        v ← momentum · v + g / (√s + eps)        w ← w - lr · v

    eps is outside the root, as in torch; TensorFlow has it inside.
    """
    gradient, weight, square, mean, velocity = as_equals(
        gradient=gradient, weight=weight, square=square, mean=mean, velocity=velocity
    )
    check_options(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
    g = gradient + weight_decay * weight if weight_decay else gradient
    s = alpha * square + (1 - alpha) * g * g
    m = alpha * mean + (1 - alpha) * g if centered else mean
    spread = s - m * m if centered else s
    direction = g / (np.sqrt(spread) + eps)
    v = momentum * velocity + direction if momentum else velocity
    return weight - lr * (v if momentum else direction), s, m, v


class RMSprop(Optimizer):
    """RMSprop.

    Args:
        parameters: What is to be moved.
        lr: Learning rate, at least 0; 0.01 as in torch.
        alpha: Share of the mean square kept from step to step, in [0, 1); 0.99 averages about 100 steps.
        eps: Outside the root, 1e-8 as in torch.
        weight_decay: Added to the gradient, times the weight.
        momentum: Share of the velocity kept from step to step, in [0, 1).
        centered: Whether to divide by the deviation instead of the root mean square (Graves, 2013).

    References:
        Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        check_options(alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
        super().__init__(parameters, lr, ("square", "mean", "velocity"))
        self.alpha, self.eps, self.weight_decay = alpha, eps, weight_decay
        self.momentum, self.centered = momentum, flag("centered", centered)

    def update(self, gradient: Array, weight: Array, *state: Array) -> tuple[Array, ...]:
        """Return the new weight, mean square, mean and velocity."""
        return rmsprop_update(
            gradient, weight, *state, lr=self.lr, alpha=self.alpha, eps=self.eps, weight_decay=self.weight_decay,
            momentum=self.momentum, centered=self.centered,
        )  # fmt: skip

"""Adam, and AdamW, which decays the weights separately from the gradient."""

from collections.abc import Iterable

import numpy as np

from digitlab.baseline.checks import as_equals, as_floats
from digitlab.baseline.module import Array, Parameter
from digitlab.baseline.optimizers.base import Optimizer, check_options, two_betas


def adam_update(
    gradient: Array,
    weight: Array,
    mean: Array,
    square: Array,
    *,
    step: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
) -> tuple[Array, Array, Array]:
    """Return the new weight w, mean m and mean square v.

        m ← m + (1 - β₁) (g - m)     v ← v + (1 - β₂) (g² - v)     (that is β₁ m + (1 - β₁) g, and so on)
        m̂ = m / (1 - β₁ᵗ)            v̂ = v / (1 - β₂ᵗ)            (both started at zero and are too small at first)
        w ← w - lr · m̂ / (√v̂ + eps)

    The last line is computed as w - rate · m / (√v + eps · c) with c = √(1 - β₂ᵗ) and rate = lr · c / (1 - β₁ᵗ), the
    same with one division less (the paper's section 2).

    eps is added to √v̂, as in the paper's algorithm and torch. scikit-learn adds it to √v, before the correction, which
    makes it larger by 1 / √(1 - β₂ᵗ) = 32 at the first step.
    """
    gradient, weight, mean, square = as_equals(gradient=gradient, weight=weight, mean=mean, square=square)
    check_options(step=step, lr=lr, eps=eps)
    beta1, beta2 = two_betas(betas)
    m = mean + (1 - beta1) * (gradient - mean)
    v = square + (1 - beta2) * (gradient * gradient - square)
    correction = (1 - beta2**step) ** 0.5
    rate = lr * correction / (1 - beta1**step)
    return weight - rate * m / (np.sqrt(v) + eps * correction), m, v


class Adam(Optimizer):
    """Adam; weight decay, if any, is added to the gradient and goes through both averages.

    Args:
        parameters: What is to be moved.
        lr: Learning rate, at least 0; about the size of the first steps, whatever the gradient. 1e-3 as in the paper.
        betas: Shares kept of the mean and the mean square from step to step, in [0, 1).
        eps: 1e-8 as in the paper.
        weight_decay: Added to the gradient, times the weight.

    References:
        Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        check_options(eps=eps, weight_decay=weight_decay)
        super().__init__(parameters, lr, ("mean", "square"))
        self.betas, self.eps, self.weight_decay = two_betas(betas), eps, weight_decay

    def update(self, gradient: Array, weight: Array, *state: Array) -> tuple[Array, ...]:
        """Return the new weight, mean and mean square."""
        if self.weight_decay:
            gradient, weight = as_equals(gradient=gradient, weight=weight)
            gradient = gradient + self.weight_decay * weight
        return adam_update(gradient, weight, *state, step=self.steps, lr=self.lr, betas=self.betas, eps=self.eps)


class AdamW(Optimizer):
    """Adam with decoupled weight decay: w ← (1 - lr · weight_decay) · w, then Adam's step.

    Args:
        parameters: What is to be moved.
        lr: Learning rate, at least 0.
        betas: As in `Adam`.
        eps: As in `Adam`.
        weight_decay: Share of the weight taken away per step, times lr; 0.01 as in torch.

    References:
        Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        check_options(eps=eps, weight_decay=weight_decay)
        super().__init__(parameters, lr, ("mean", "square"))
        self.betas, self.eps, self.weight_decay = two_betas(betas), eps, weight_decay

    def update(self, gradient: Array, weight: Array, *state: Array) -> tuple[Array, ...]:
        """Return the new weight, mean and mean square."""
        decayed = (1 - self.lr * self.weight_decay) * as_floats("weight", weight)
        return adam_update(gradient, decayed, *state, step=self.steps, lr=self.lr, betas=self.betas, eps=self.eps)

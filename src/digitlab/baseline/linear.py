"""The fully connected layer."""

from collections.abc import Callable

import numpy as np

from digitlab.baseline.initialisers import torch_uniform
from digitlab.baseline.module import Array, Module, Parameter

Initialiser = Callable[[tuple[int, ...], np.random.Generator], Array]


class Linear(Module):
    """y = x Wᵀ + b.

    With g = ∂L/∂y, written out for one weight: y[n, o] = Σ_i x[n, i] W[o, i] + b[o], so
    ∂L/∂W[o, i] = Σ_n g[n, o] x[n, i], and in matrices

        ∂L/∂W = gᵀ x        ∂L/∂b = Σ_n g[n]        ∂L/∂x = g W

    Args:
        in_features: Values per example that come in.
        out_features: Values per example that go out.
        rng: Draws the weights.
        init: Initialiser of the weight `(out_features, in_features)`; torch's is the default, so that both sides of
            a comparison start alike.
        bias: Whether there is a b. It is drawn from U(-1/√in, 1/√in) as torch draws it with torch's initialiser,
            and is zero with the others, as their papers have it.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        rng: np.random.Generator,
        init: Initialiser = torch_uniform,
        bias: bool = True,
    ) -> None:
        self.weight = Parameter(init((out_features, in_features), rng))
        self.bias = Parameter(first_bias(init, (out_features, in_features), rng)) if bias else None

    def forward(self, x: Array) -> Array:
        """Return `(B, out_features)` for `(B, in_features)`."""
        self.x = x
        y = x @ self.weight.data.T
        if self.bias is not None:
            y += self.bias.data
        return y

    def backward_parameters(self, gradient: Array) -> None:
        """Set the gradients of weight and bias."""
        self.weight.grad = gradient.T @ self.x
        if self.bias is not None:
            self.bias.grad = gradient.sum(axis=0)

    def backward(self, gradient: Array) -> Array:
        """Set the gradients of weight and bias and return that of the input, `(B, in_features)`."""
        self.backward_parameters(gradient)
        return gradient @ self.weight.data


def first_bias(init: Initialiser, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return a bias for a weight of `shape`: as torch draws it with torch's initialiser, else zeros."""
    if init is not torch_uniform:
        return np.zeros(shape[0])
    bound = np.prod(shape[1:]) ** -0.5
    return rng.uniform(-bound, bound, shape[0])

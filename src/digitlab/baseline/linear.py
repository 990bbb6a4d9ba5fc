"""The fully connected layer."""

from collections.abc import Callable

import numpy as np

from digitlab.baseline.checks import as_batch, as_gradient, as_shape, check_callable, flag, generator, whole
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
        shape = whole("out_features", out_features), whole("in_features", in_features)
        self.weight = Parameter(first_weight(init, shape, rng))
        self.bias = Parameter(first_bias(init, shape, rng)) if flag("bias", bias) else None

    def forward(self, x: Array) -> Array:
        """Return `(B, out_features)` for `(B, in_features)`."""
        self.x = x = as_batch("Linear", x, None, self.weight.data.shape[1])
        y = x @ self.weight.data.T
        if self.bias is not None:
            y += self.bias.data
        self.output_shape = y.shape
        return y

    def backward_parameters(self, gradient: Array) -> None:
        """Set the gradients of weight and bias."""
        gradient = as_gradient(self, gradient)
        self.weight.grad = gradient.T @ self.x
        if self.bias is not None:
            self.bias.grad = gradient.sum(axis=0)

    def backward(self, gradient: Array) -> Array:
        """Set the gradients of weight and bias and return that of the input, `(B, in_features)`."""
        gradient = as_gradient(self, gradient)
        self.backward_parameters(gradient)
        return gradient @ self.weight.data


def first_weight(init: Initialiser, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return what the initialiser draws for a weight of `shape`.

    Raises:
        ValueError: If it is no initialiser, or returns another shape.
    """
    weight = np.asarray(check_callable("init", init)(shape, generator(rng)))
    if weight.shape != as_shape("shape", shape, 2):
        raise ValueError(f"init must return the shape {shape} that it is asked for, got {weight.shape}")
    return weight


def first_bias(init: Initialiser, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return a bias for a weight of `shape`: as torch draws it with torch's initialiser, else zeros."""
    shape = as_shape("shape", shape, 2)
    if check_callable("init", init) is not torch_uniform:
        return np.zeros(shape[0])
    bound = np.prod(shape[1:]) ** -0.5
    return generator(rng).uniform(-bound, bound, shape[0])

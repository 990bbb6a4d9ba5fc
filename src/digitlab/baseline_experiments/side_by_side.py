"""Many equal nets trained side by side: another seed each, one array for all, several times faster than in turn.

The optimizers treat every number by itself, so each net goes exactly where it would have gone alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from digitlab.baseline.containers import Sequential
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.module import Array, Module, Parameter
from digitlab.baseline.optimizers import Optimizer


class ManyLinear(Module):
    """y[k] = x[k] W[k]ᵀ + b[k] for every net k; the gradients are those of `Linear`.

    Args:
        layers: One of each net, all of one shape.
    """

    def __init__(self, layers: Sequence[Linear]) -> None:
        self.weight = Parameter(np.stack([layer.weight.data for layer in layers]))  # (K, out, in)
        biases = [cast(Parameter, layer.bias).data for layer in layers]
        self.bias = Parameter(np.stack(biases)[:, None])  # (K, 1, out)

    def forward(self, x: Array) -> Array:
        """Return `(K, B, out)` for `(K, B, in)`."""
        self.x = x
        return x @ self.weight.data.transpose(0, 2, 1) + self.bias.data

    def backward_parameters(self, gradient: Array) -> None:
        """Set the gradients of the weights and biases."""
        self.weight.grad = gradient.transpose(0, 2, 1) @ self.x
        self.bias.grad = gradient.sum(axis=1, keepdims=True)

    def backward(self, gradient: Array) -> Array:
        """Set the gradients of the weights and biases and return that of the input."""
        self.backward_parameters(gradient)
        return gradient @ self.weight.data


def side_by_side(nets: Sequence[Sequential]) -> Sequential:
    """Return one net that is all of them; what is between the linear layers must be elementwise."""
    layers = [
        ManyLinear(cast(list[Linear], same)) if isinstance(same[0], Linear) else same[0]
        for same in ([layer for _, layer in column] for column in zip(*(net.children() for net in nets), strict=True))
    ]
    return Sequential(*layers)


@dataclass(frozen=True)
class Examples:
    """What K nets learn from or are measured on, other examples for each: `inputs` `(K, N, F)`, `labels` `(K, N)`."""

    inputs: Array
    labels: Array

    def batch(self, chosen: Array) -> tuple[Array, Array]:
        """Return the inputs and labels at `chosen`, `(K, B)`."""
        nets = np.arange(len(chosen))[:, None]
        return self.inputs[nets, chosen], self.labels[nets, chosen]


def train_epoch(net: Module, optimizer: Optimizer, train: Examples, batch_size: int | None, orders: Array) -> None:
    """Train every net for one epoch with the cross-entropy; a net that diverges continues with what is not a number.

    Args:
        net: From `side_by_side`.
        optimizer: Of its parameters.
        train: To learn from.
        batch_size: Examples per step and net; `None` for all.
        orders: For each net the order of its examples, `(K, N)`.
    """
    count, size = orders.shape
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        for start in range(0, size, batch_size or size):
            x, labels = train.batch(orders[:, start : start + (batch_size or size)])
            logits = net.forward(x)  # (K, B, classes)
            _, gradient = cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))
            net.backward_parameters(gradient.reshape(logits.shape) * count)  # each net has a mean of its own
            optimizer.step()


def losses_of(net: Module, examples: Examples) -> Array:
    """Return the cross-entropy of every net, `(K,)`, infinite for one that has diverged."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        logits = net.forward(examples.inputs)
        losses = np.array([cross_entropy(*pair)[0] for pair in zip(logits, examples.labels, strict=True)])
    return np.where(np.isfinite(losses), losses, np.inf)

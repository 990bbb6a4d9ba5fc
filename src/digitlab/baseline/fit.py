"""The training loop: forward, loss, backward, step, again and again."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from digitlab.baseline.module import Array, Module
from digitlab.baseline.optimizers import Optimizer

Loss = Callable[[Array, Array], tuple[float, Array]]


def batches(count: int, batch_size: int | None, rng: np.random.Generator | None) -> Iterator[Array | slice]:
    """Yield what to index each batch of an epoch with; the last one may be smaller.

    Args:
        count: Number of examples.
        batch_size: Examples per batch; `None` for all at once, which is gradient descent in the narrow sense.
        rng: Shuffles; without one the examples come in their order.
    """
    if batch_size is None:
        yield slice(None)
        return
    order = np.arange(count) if rng is None else rng.permutation(count)
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]


def train_step(net: Module, loss: Loss, optimizer: Optimizer, x: Array, target: Array) -> float:
    """Take one step and return the loss before it."""
    value, gradient = loss(net.forward(x), target)
    net.backward_parameters(gradient)
    optimizer.step()
    return value


def fit(
    net: Module,
    loss: Loss,
    optimizer: Optimizer,
    x: Array,
    target: Array,
    *,
    epochs: int,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    after_epoch: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train and return the mean loss of each epoch.

    Args:
        net: Changed in place, and left in training mode.
        loss: Returns value and gradient for output and target.
        optimizer: Of the net's parameters.
        x: Inputs `(N, ...)`.
        target: What the loss takes, `(N, ...)`.
        epochs: Passes over the data.
        batch_size: Examples per step; `None` for all.
        rng: Shuffles each epoch anew; without one the order stays.
        after_epoch: Called with the number of epochs done and the mean loss; it may evaluate the net.

    Raises:
        FloatingPointError: As soon as the loss of a step is not finite; overflow on the way there is none of its own.
    """
    history = []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        for epoch in range(1, epochs + 1):
            net.train()
            total = 0.0
            for batch in batches(len(x), batch_size, rng):
                value = train_step(net, loss, optimizer, x[batch], target[batch])
                if not math.isfinite(value):
                    raise FloatingPointError(f"the loss is {value} in step {optimizer.steps}, epoch {epoch}")
                total += value * len(target[batch])
            history.append(total / len(x))
            if after_epoch is not None:
                after_epoch(epoch, history[-1])
    return history


def predict(net: Module, x: Array, batch_size: int = 1000) -> Array:
    """Return the outputs of the net in evaluation mode, and leave it in the mode it was in."""
    mode = net.training
    net.eval()
    outputs = [net.forward(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
    net.train(mode)
    return np.concatenate(outputs)


def accuracy(net: Module, x: Array, labels: Array) -> float:
    """Return the share, in [0, 1], of examples whose largest logit is their label's."""
    return float((predict(net, x).argmax(axis=1) == labels).mean())

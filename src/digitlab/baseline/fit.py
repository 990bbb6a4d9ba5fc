"""The training loop: forward, loss, backward, step, repeated."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from digitlab.baseline.checks import as_floats, as_labels, check_callable, generator, instance, whole
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
    count = whole("count", count)
    if batch_size is None:
        yield slice(None)
        return
    batch_size = whole("batch_size", batch_size)
    order = np.arange(count) if rng is None else generator(rng).permutation(count)
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]


def train_step(net: Module, loss: Loss, optimizer: Optimizer, x: Array, target: Array) -> float:
    """Take one step and return the loss before it.

    Raises:
        ValueError: If net, loss or optimizer are something else.
    """
    instance("net", net, Module)
    instance("optimizer", optimizer, Optimizer)
    check_callable("loss", loss)
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
        ValueError: If inputs and targets are not equally many, or none of the net's parameters is the optimizer's.
        FloatingPointError: As soon as the loss of a step is not finite; overflow on the way there is none of its own.
    """
    x, target = as_floats("x", x), np.asarray(target)
    if x.ndim == 0 or target.shape[:1] != x.shape[:1]:
        raise ValueError(f"x and target must hold as many examples each, got {x.shape} and {target.shape}")
    own = {id(parameter) for parameter in instance("net", net, Module).parameters()}
    if not any(id(parameter) in own for parameter in instance("optimizer", optimizer, Optimizer).parameters):
        raise ValueError("optimizer must be given the net's parameters, and has none of them")
    history = []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        for epoch in range(1, whole("epochs", epochs, least=0) + 1):
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
    mode, x, batch_size = instance("net", net, Module).training, as_floats("x", x), whole("batch_size", batch_size)
    net.eval()
    try:
        outputs = [net.forward(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
    finally:
        net.train(mode)
    return np.concatenate(outputs)


def accuracy(net: Module, x: Array, labels: Array) -> float:
    """Return the share, in [0, 1], of examples whose largest logit is their label's; one that is NaN is not right.

    Raises:
        ValueError: If the net does not return at least two logits for each example, or there is not a label for each.
    """
    logits = predict(net, x)
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ValueError(f"accuracy needs logits (B, C) with C of at least 2, got {logits.shape}")
    right = logits.argmax(axis=1) == as_labels(labels, *logits.shape)
    return float((right & ~np.isnan(logits).any(axis=1)).mean())

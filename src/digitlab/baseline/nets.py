"""The lesson's networks in NumPy, parameter for parameter those of `digitlab.nets`."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from digitlab.baseline.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitlab.baseline.batch_norm import BatchNorm1d, BatchNorm2d
from digitlab.baseline.checks import as_shape, check_callable
from digitlab.baseline.containers import Flatten, Sequential
from digitlab.baseline.convolution import Conv2d
from digitlab.baseline.dropout import Dropout
from digitlab.baseline.initialisers import torch_uniform
from digitlab.baseline.linear import Initialiser, Linear
from digitlab.baseline.module import Module
from digitlab.baseline.pooling import AdaptiveAvgPool2d, MaxPool2d

ACTIVATIONS: dict[str, Callable[[], Module]] = {"relu": ReLU, "leaky_relu": LeakyReLU, "sigmoid": Sigmoid, "tanh": Tanh}


def plain_mlp(
    sizes: Sequence[int],
    rng: np.random.Generator,
    activation: Callable[[], Module] | None = ReLU,
    init: Initialiser = torch_uniform,
) -> Sequential:
    """Return linear layers with an activation between each two.

    Args:
        sizes: Width of the input, of each hidden layer and of the output.
        rng: Draws the weights.
        activation: Makes what is between; `None` for nothing, a net that can only be linear.
        init: Initialiser of the weights.

    Raises:
        ValueError: If there are fewer than two sizes, or `activation` is a name or a layer and not what makes one.
    """
    if isinstance(activation, Module):
        raise ValueError(f"activation must be the class {type(activation).__name__}, got one layer for all places")
    layers: list[Module] = []
    for inputs, outputs in pairwise(as_shape("sizes", sizes, 2)):
        layers.append(Linear(inputs, outputs, rng=rng, init=init))
        if activation is not None:
            layers.append(check_callable("activation", activation)())
    return Sequential(*layers[: len(layers) - (activation is not None)])


def lesson_mlp(
    rng: np.random.Generator, sizes: Sequence[int] = (784, 256, 128, 10), dropout: float = 0.3
) -> Sequential:
    """Return the lesson's MLP: (linear, batch norm, ReLU, dropout) per hidden layer, then a linear head.

    Args:
        rng: Draws the weights and, later, the dropout masks.
        sizes: As in `plain_mlp`; the lesson's 784-[256, 128]-10 has 235,914 parameters.
        dropout: Share of hidden activations zeroed while training, in [0, 1).
    """
    sizes = as_shape("sizes", sizes, 2)
    layers: list[Module] = [Flatten()]
    for inputs, outputs in pairwise(sizes[:-1]):
        layers += [Linear(inputs, outputs, rng=rng), BatchNorm1d(outputs), ReLU(), Dropout(dropout, rng=rng)]
    return Sequential(layers=Sequential(*layers, Linear(sizes[-2], sizes[-1], rng=rng)))


def lesson_cnn(rng: np.random.Generator, dropout: float = 0.5) -> Sequential:
    """Return the lesson's CNN, 102,026 parameters, for `(B, 1, 28, 28)`."""
    features = Sequential(
        *_block(1, 32, rng), MaxPool2d(2),  # (B, 32, 14, 14)
        *_block(32, 64, rng), MaxPool2d(2),  # (B, 64, 7, 7)
        *_block(64, 128, rng),  # (B, 128, 7, 7)
    )  # fmt: skip
    head = Sequential(
        AdaptiveAvgPool2d(1), Flatten(),  # (B, 128)
        Linear(128, 64, rng=rng), ReLU(), Dropout(dropout, rng=rng), Linear(64, 10, rng=rng),
    )  # fmt: skip
    return Sequential(features=features, head=head)


def digit_classifier(rng: np.random.Generator, dropout: float = 0.4) -> Sequential:
    """Return the lesson's DigitClassifier, 620,234 parameters, for `(B, 1, 28, 28)`."""
    features = Sequential(
        *_block(1, 32, rng), *_block(32, 64, rng), MaxPool2d(2),  # (B, 64, 14, 14)
        *_block(64, 128, rng), AdaptiveAvgPool2d(4),  # (B, 128, 4, 4)
    )  # fmt: skip
    head = Sequential(
        Flatten(),  # (B, 2048)
        Linear(2048, 256, rng=rng), ReLU(), Dropout(dropout, rng=rng), Linear(256, 10, rng=rng),
    )  # fmt: skip
    return Sequential(features=features, head=head)


def _block(inputs: int, outputs: int, rng: np.random.Generator) -> list[Module]:
    return [Conv2d(inputs, outputs, 3, padding=1, rng=rng), BatchNorm2d(outputs), ReLU()]

"""Every layer of the package beside torch's: the table that the tests of parity, gradients and types go through.

A new layer gets a line here, and `test_layers.py` fails until it has one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from digitlab.baseline.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from digitlab.baseline.batch_norm import BatchNorm1d, BatchNorm2d
from digitlab.baseline.containers import Flatten, Residual, Sequential
from digitlab.baseline.convolution import Conv2d
from digitlab.baseline.dropout import Dropout
from digitlab.baseline.linear import Linear
from digitlab.baseline.module import Array, Module
from digitlab.baseline.pooling import AdaptiveAvgPool2d, MaxPool2d
from support.parity import randomise


class TorchResidual(nn.Module):
    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + (x if self.shortcut is None else self.shortcut(x))


@dataclass(frozen=True)
class Case:
    ours: Callable[[np.random.Generator], Module]
    theirs: Callable[[], nn.Module]
    shape: tuple[int, ...]
    modes: tuple[bool, ...] = (True, False)  # of training, in which both must agree

    def build(self, rng: np.random.Generator, training: bool) -> Module:
        """Return our layer with random weights and statistics."""
        layer = self.ours(rng)
        randomise(layer, rng)
        return layer.train(training)

    def spread(self, rng: np.random.Generator) -> Array:
        """Return an input whose values are at least 0.002 from each other and from 0, so that no kink is near."""
        count = int(np.prod(self.shape))
        return ((rng.permutation(count) + 0.25) / count * 4 - 2).reshape(self.shape)


def conv(inputs: int, outputs: int, size: int, shape: tuple[int, ...], **options: int) -> Case:
    return Case(
        lambda rng: Conv2d(inputs, outputs, size, rng=rng, **options),
        lambda: nn.Conv2d(inputs, outputs, size, **options),
        shape,
    )


def max_pool(shape: tuple[int, ...], *options: int) -> Case:
    return Case(lambda rng: MaxPool2d(*options), lambda: nn.MaxPool2d(*options), shape)


def average_pool(size: int, *shape: int) -> Case:
    return Case(lambda rng: AdaptiveAvgPool2d(size), lambda: nn.AdaptiveAvgPool2d(size), shape)


def residual_net(rng: np.random.Generator) -> Sequential:
    body = Sequential(Conv2d(2, 4, 3, padding=1, rng=rng), BatchNorm2d(4), ReLU())
    return Sequential(Residual(body, Conv2d(2, 4, 1, rng=rng)), Flatten(), Linear(4 * 5 * 6, 3, rng=rng))


def torch_residual_net() -> nn.Sequential:
    body = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
    return nn.Sequential(TorchResidual(body, nn.Conv2d(2, 4, 1)), nn.Flatten(), nn.Linear(4 * 5 * 6, 3))


CASES = {
    "Linear": Case(lambda rng: Linear(5, 3, rng=rng), lambda: nn.Linear(5, 3), (4, 5)),
    "Linear without bias": Case(
        lambda rng: Linear(5, 3, rng=rng, bias=False), lambda: nn.Linear(5, 3, bias=False), (4, 5)
    ),
    "ReLU": Case(lambda rng: ReLU(), nn.ReLU, (4, 6)),
    "LeakyReLU": Case(lambda rng: LeakyReLU(), nn.LeakyReLU, (4, 6)),
    "LeakyReLU steep": Case(lambda rng: LeakyReLU(0.2), lambda: nn.LeakyReLU(0.2), (4, 6)),
    "Sigmoid": Case(lambda rng: Sigmoid(), nn.Sigmoid, (4, 6)),
    "Tanh": Case(lambda rng: Tanh(), nn.Tanh, (4, 6)),
    "Softmax": Case(lambda rng: Softmax(), lambda: nn.Softmax(dim=-1), (4, 6)),
    "Softmax of three axes": Case(lambda rng: Softmax(), lambda: nn.Softmax(dim=-1), (2, 3, 4)),
    "Dropout": Case(lambda rng: Dropout(0.4, rng=rng), lambda: nn.Dropout(0.4), (4, 6), modes=(False,)),
    "Dropout of nothing": Case(lambda rng: Dropout(0.0, rng=rng), lambda: nn.Dropout(0.0), (4, 6)),
    "BatchNorm1d": Case(lambda rng: BatchNorm1d(5), lambda: nn.BatchNorm1d(5), (8, 5)),
    "BatchNorm1d of sequences": Case(lambda rng: BatchNorm1d(3), lambda: nn.BatchNorm1d(3), (4, 3, 5)),
    "BatchNorm1d slow": Case(
        lambda rng: BatchNorm1d(5, eps=0.1, momentum=0.3), lambda: nn.BatchNorm1d(5, eps=0.1, momentum=0.3), (8, 5)
    ),
    "BatchNorm2d": Case(lambda rng: BatchNorm2d(3), lambda: nn.BatchNorm2d(3), (2, 3, 4, 5)),
    "Conv2d": conv(2, 3, 3, (2, 2, 6, 5)),
    "Conv2d of one pixel": conv(3, 4, 1, (2, 3, 4, 5)),
    "Conv2d padded": conv(2, 3, 3, (2, 2, 5, 6), padding=1),
    "Conv2d with a stride": conv(2, 3, 2, (2, 2, 6, 4), stride=2),
    "Conv2d that leaves a rest": conv(1, 2, 3, (2, 1, 8, 6), stride=2),
    "Conv2d of everything": conv(2, 3, 5, (2, 2, 8, 7), stride=3, padding=2),
    "Conv2d with gaps": conv(1, 2, 2, (2, 1, 8, 7), stride=3),
    "MaxPool2d": max_pool((2, 3, 4, 6), 2),
    "MaxPool2d of odd sizes": max_pool((2, 2, 5, 7), 2),
    "MaxPool2d overlapping": max_pool((2, 2, 7, 6), 3, 2),
    "MaxPool2d at every pixel": max_pool((2, 1, 5, 4), 3, 1),
    "MaxPool2d with gaps": max_pool((2, 1, 8, 7), 2, 3),
    "AdaptiveAvgPool2d": average_pool(1, 2, 3, 5, 4),
    "AdaptiveAvgPool2d of equal bins": average_pool(2, 2, 2, 4, 6),
    "AdaptiveAvgPool2d of overlapping bins": average_pool(4, 2, 1, 14, 14),
    "AdaptiveAvgPool2d of an oblong": average_pool(3, 2, 2, 5, 8),
    "AdaptiveAvgPool2d to more": average_pool(5, 2, 1, 3, 4),
    "Flatten": Case(lambda rng: Flatten(), nn.Flatten, (2, 3, 4, 2)),
    "Sequential": Case(
        lambda rng: Sequential(Linear(5, 4, rng=rng), Tanh(), Linear(4, 3, rng=rng)),
        lambda: nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)),
        (6, 5),
    ),
    "Sequential, first without weights": Case(
        lambda rng: Sequential(Flatten(), Tanh(), Linear(6, 4, rng=rng), ReLU(), Linear(4, 2, rng=rng)),
        lambda: nn.Sequential(nn.Flatten(), nn.Tanh(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2)),
        (5, 1, 2, 3),
    ),
    "Residual": Case(lambda rng: Residual(Linear(4, 4, rng=rng)), lambda: TorchResidual(nn.Linear(4, 4)), (3, 4)),
    "Residual with a shortcut": Case(
        lambda rng: Residual(Linear(5, 4, rng=rng), Sequential(Tanh(), Linear(5, 4, rng=rng))),
        lambda: TorchResidual(nn.Linear(5, 4), nn.Sequential(nn.Tanh(), nn.Linear(5, 4))),
        (3, 5),
    ),
}
MODES = [(name, training) for name, case in CASES.items() for training in case.modes]

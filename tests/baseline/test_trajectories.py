"""Whole trainings beside torch's: forward, loss, backward and update, a hundred times over.

Not a thousand: in the end every rounding error grows exponentially. No bias stands right before a batch norm, since its
gradient is rounding noise, which Adam would scale up to steps of the size of lr.
"""

import numpy as np
import pytest
import torch
from torch import nn

from digitlab.baseline import optimizers
from digitlab.baseline.activations import ReLU, Tanh
from digitlab.baseline.batch_norm import BatchNorm1d, BatchNorm2d
from digitlab.baseline.containers import Flatten, Sequential
from digitlab.baseline.convolution import Conv2d
from digitlab.baseline.fit import train_step
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.pooling import AdaptiveAvgPool2d, MaxPool2d
from support.parity import state_gap, twin

STEPS = 100
TOLERANCE = 1e-12  # absolute, of weights of about 1


def mlp(rng: np.random.Generator) -> Sequential:
    return Sequential(Linear(6, 8, rng=rng, bias=False), BatchNorm1d(8), ReLU(), Linear(8, 3, rng=rng))


def torch_mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


def conv_net(rng: np.random.Generator) -> Sequential:
    return Sequential(
        Conv2d(1, 4, 3, padding=1, rng=rng), Tanh(), BatchNorm2d(4), MaxPool2d(2),
        Conv2d(4, 6, 2, rng=rng), ReLU(), AdaptiveAvgPool2d(2), Flatten(), Linear(24, 3, rng=rng),
    )  # fmt: skip


def torch_conv_net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.BatchNorm2d(4), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 3),
    )  # fmt: skip


NETS = {"mlp": (mlp, torch_mlp, (6,)), "conv": (conv_net, torch_conv_net, (1, 8, 8))}
OPTIMIZERS = {"Adam": {"lr": 0.01}, "SGD": {"lr": 0.05, "momentum": 0.9}}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("net", NETS)
def test_hundred_steps_end_where_torchs_do(net: str, optimizer: str) -> None:
    make, make_torch, shape = NETS[net]
    rng = np.random.default_rng(0)
    ours = make(rng)
    theirs = twin(ours, make_torch())
    mine = getattr(optimizers, optimizer)(ours.parameters(), **OPTIMIZERS[optimizer])
    other = getattr(torch.optim, optimizer)(theirs.parameters(), **OPTIMIZERS[optimizer])
    start, losses = ours.state_dict(), []
    for _ in range(STEPS):
        labels = rng.integers(0, 3, 16)
        x = rng.normal(size=(16, *shape)) + labels.reshape(-1, *(1,) * len(shape))
        losses.append(train_step(ours, cross_entropy, mine, x, labels))
        other.zero_grad()
        nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(labels)).backward()
        other.step()
    assert state_gap(ours, theirs) < TOLERANCE
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    assert all((array != start[name]).any() for name, array in ours.state_dict().items())

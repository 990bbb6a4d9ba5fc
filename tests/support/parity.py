"""Ours beside torch's: the same weights, the same input, and how far apart the results are."""

from itertools import starmap

import numpy as np
import torch
from torch import Tensor, nn

from digitlab.baseline.module import Array, Module

FORWARD = 1e-12  # absolute; 2e-14 is seen
GRADIENTS = 1e-9  # as a share of the net's largest gradient, since a bias before a batch norm has exactly none


def gap(ours: Array, theirs: Tensor) -> float:
    """Return the largest absolute difference; arrays of different shapes are infinitely far apart."""
    expected = theirs.detach().numpy()
    return float(np.abs(ours - expected).max()) if ours.shape == expected.shape else float("inf")


def randomise(net: Module, rng: np.random.Generator) -> None:
    """Give every parameter and buffer values that are neither 0 nor 1, so that no mistake about them stays hidden."""
    for parameter in net.parameters():
        parameter.data[...] = rng.normal(size=parameter.data.shape)
    for _, buffer in net.named_buffers():
        if buffer.dtype.kind == "f":
            buffer[...] = rng.uniform(0.5, 2, buffer.shape)


def as_tensors(net: Module) -> dict[str, Tensor]:
    """Return the state as torch wants it."""
    return {name: torch.as_tensor(array) for name, array in net.state_dict().items()}


def twin(ours: Module, theirs: nn.Module) -> nn.Module:
    """Return `theirs` in float64, with our weights and in our mode."""
    theirs.double().load_state_dict(as_tensors(ours), strict=True)
    return theirs.train(ours.training)


def parity(ours: Module, theirs: nn.Module, x: Array, rng: np.random.Generator) -> tuple[float, float]:
    """Return how far apart the outputs are, and the gradients of input and parameters as a share of the largest."""
    inputs = torch.tensor(x, requires_grad=True)
    y, expected = ours(x), theirs(inputs)
    r = rng.normal(size=tuple(expected.shape))
    gradients = [ours.backward(r), *(parameter.grad for parameter in ours.parameters())]
    theirs.zero_grad()
    expected.backward(torch.as_tensor(r))
    wanted = [inputs.grad, *(parameter.grad for parameter in theirs.parameters())]
    largest = max(float(gradient.abs().max()) for gradient in wanted)
    return gap(y, expected), max(starmap(gap, zip(gradients, wanted, strict=True))) / largest


def state_gap(ours: Module, theirs: nn.Module) -> float:
    """Return the largest difference of any parameter or buffer."""
    state = ours.state_dict()
    return max((gap(state[name], tensor) for name, tensor in theirs.state_dict().items()), default=0.0)

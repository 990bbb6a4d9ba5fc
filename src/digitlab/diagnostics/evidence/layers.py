"""What goes into each layer with weights, measured by hooks."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
NEAR = 0.03  # of the end of its range a tanh or sigmoid is saturated: its slope is below 6 and 3 percent there
MOST = 200_000  # numbers of an activation that are looked at; more are thinned out


@dataclass
class Layer:
    """A layer with weights, and what was seen of it.

    Attributes:
        name: Within the module.
        kind: Its class.
        mean, sd, low, high: Of the numbers that went in, a number for each look.
        dead: Share of inputs (features or channels) that were zero for every image, of each look.
        saturated: Share of inputs near the end of a bounded range, of each look; 0 for an unbounded one.
        numbers: That go in for an image.
        given: That come out for an image.
        finite: Whether all numbers that went in and came out were.
    """

    name: str
    kind: str
    mean: list[float] = field(default_factory=list)
    sd: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    dead: list[float] = field(default_factory=list)
    saturated: list[float] = field(default_factory=list)
    numbers: int = 0
    given: int = 0
    finite: bool = True

    def look(self, inputs: Tensor, output: Tensor, images: int = 1) -> None:
        """Measure what went in and came out for `images` images."""
        inputs = inputs.detach().float()
        self.numbers, self.given = inputs.numel() // max(1, images), output.numel() // max(1, images)
        self.finite &= bool(inputs.isfinite().all()) and bool(output.detach().isfinite().all())
        if inputs.ndim == 3 and not self.kind.startswith("Conv"):  # a sequence: its units come last
            inputs = inputs.transpose(1, 2)
        by_unit = inputs.flatten(2).abs().amax(dim=(0, 2)) if inputs.ndim > 2 else inputs.abs().amax(dim=0)
        flat = inputs.flatten()
        flat = flat[:: max(1, len(flat) // MOST)]
        low, high = float(flat.min()), float(flat.max())
        self.mean.append(float(flat.mean()))
        self.sd.append(float(flat.std(correction=0)))
        self.low.append(low)
        self.high.append(high)
        self.dead.append(float((by_unit == 0).float().mean()))
        self.saturated.append(_saturated(flat, low, high))


def _saturated(numbers: Tensor, low: float, high: float) -> float:
    if -1.0001 <= low < -0.5 and 0.5 < high <= 1.0001:  # as of a tanh
        return float((numbers.abs() > 1 - NEAR).float().mean())
    if low > 0 and high <= 1.0001:  # as of a sigmoid; a ReLU has zeros
        return float(((numbers < NEAR) | (numbers > 1 - NEAR)).float().mean())
    return 0.0


def weighted(module: nn.Module) -> dict[str, nn.Module]:
    """Return the layers that multiply with weights, in the order in which they were made: linear and convolutional."""
    return {
        name: layer
        for name, layer in module.named_modules()
        if isinstance(getattr(layer, "weight", None), nn.Parameter)
        and layer.weight.ndim >= 2
        and not isinstance(layer, (nn.Embedding, *BATCH_NORMS))
        and not any(True for _ in layer.children())
    }


def measured(module: nn.Module) -> dict[str, nn.Module]:
    """Return the layers whose inputs are looked at: those above, and others that hold a matrix, as an LSTM does."""
    return {
        name: layer
        for name, layer in module.named_modules()
        if not isinstance(layer, (nn.Embedding, *BATCH_NORMS))
        and not any(True for _ in layer.children())
        and any(parameter.ndim >= 2 for parameter in layer.parameters())
    }


def by_samples(module: nn.Module) -> dict[str, nn.Module]:
    """Return the layers that behave otherwise in training than in evaluation: dropout and BatchNorm."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, DROPOUTS + BATCH_NORMS)}


def norm(tensors: list[Tensor]) -> float:
    """Return the L2 norm of several tensors together."""
    return float(torch.stack([tensor.detach().float().norm() for tensor in tensors]).norm()) if tensors else 0.0

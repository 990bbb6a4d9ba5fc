"""In which precision and memory layout a network is trained: as asked for, or what a probe finds right and fast.

Switch: `trainer.precision` and `memory_format`, of which only `auto` is looked for.
Last measured: November 2026, two cores with AVX-512 and bfloat16: 2.8 to 3.2 times as fast as 32-true, contiguous for
the convolutional networks (docs/benchmarks.md).
"""

import math
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy

from digitlab.nets.layout import CONTIGUOUS, MEMORY_FORMATS

AUTO = "auto"
FULL, HALF = "32-true", "bf16-mixed"
SHAPE = (1, 28, 28)  # of an image
BATCH_SIZE = 64  # of these; enough to tell which is faster, and a probe of the largest net takes about a second
ROUNDS = 3
NEEDED_GAIN = 1.1  # less is noise, and the plain way then stays
NEEDED_COSINE = 0.98  # between the gradients and those in float32; sound bfloat16 has above 0.999


class Tuning(NamedTuple):
    """How to compute.

    Attributes:
        precision: Of the trainer: "32-true", or "bf16-mixed" (convolutions and products in bfloat16, weights and sums
            in float32), or another that was asked for.
        memory_format: A key of `MEMORY_FORMATS`.
        reason: Why, in a few words.
    """

    precision: str
    memory_format: str
    reason: str


def choose(
    net: nn.Module,
    num_classes: int,
    device: torch.device,
    precision: str,
    memory_format: str,
    shape: Sequence[int] = SHAPE,
) -> Tuning:
    """Return how to train `net` on `device`.

    Each possible way takes the same few steps on the same noise. A way whose gradients point elsewhere than those of
    plain float32 is out: bfloat16 convolutions have been wrong before, in some versions on some processors. So is one
    in which the network raises: torch cannot do every operation in bfloat16. Of the others the fastest is taken, if it
    gains a tenth on plain float32.

    Args:
        net: The network; it is copied and stays as it is, as do torch's generators.
        num_classes: Logits that it gives; fewer will do.
        device: Where it will run.
        precision: What to use, or "auto".
        memory_format: What to use, or "auto".
        shape: Of an image, `(C, H, W)`.
    """
    ways = list(_ways(net, precision, memory_format))
    if len(ways) == 1:
        return Tuning(*ways[0], "there is nothing to choose")
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices), torch.enable_grad():
        torch.manual_seed(0)
        count = min(BATCH_SIZE, max(2, BATCH_SIZE * math.prod(SHAPE) // math.prod(shape)))
        images = torch.randn(count, *shape, device=device)
        labels = torch.arange(count, device=device) % num_classes
        tried = {way: _try(deepcopy(net).to(device), *way, images, labels) for way in ways}
        plain = tried[ways[0]]
        if plain is None:
            return Tuning(*ways[0], "a probe with noise for images could not be made")
        probes = {way: probe for way, probe in tried.items() if probe is plain or (probe and probe.agrees_with(plain))}
        for _ in range(ROUNDS):  # in turns, so that a busy moment falls on all
            for probe in probes.values():
                probe.measure()
    best = min(probes, key=lambda way: probes[way].seconds)
    gain = plain.seconds / probes[best].seconds
    if gain < NEEDED_GAIN:
        best, gain = ways[0], 1.0
    wrong = len(ways) - len(probes)
    refused = f"; wrong gradients or none in {wrong} other" if wrong else ""
    if best == ways[0]:
        return Tuning(*best, f"a probe found nothing faster{refused}")
    return Tuning(*best, f"a probe found it right and {gain:.1f} times as fast as {' '.join(ways[0])}{refused}")


def _ways(net: nn.Module, precision: str, memory_format: str) -> Iterator[tuple[str, str]]:
    """Yield what may be tried, the plain way first; a network without images inside has no layout to choose."""
    convolves = any(parameter.ndim == 4 for parameter in net.parameters())
    formats = (list(MEMORY_FORMATS) if convolves else [CONTIGUOUS]) if memory_format == AUTO else [memory_format]
    for precise in [FULL, HALF] if precision == AUTO else [precision]:
        for layout in formats:
            yield precise, layout


def _try(*arguments: Any) -> "_Probe | None":
    """Return a probe, or `None` if it cannot be made: what anybody's own network makes of noise cannot be foreseen."""
    try:
        return _Probe(*arguments)
    except Exception:
        return None


class _Probe:
    """A copy of the network that computes in one of the ways."""

    def __init__(self, net: nn.Module, precision: str, memory_format: str, images: Tensor, labels: Tensor) -> None:
        layout = MEMORY_FORMATS[memory_format]
        self.net = net.eval().to(memory_format=layout)  # eval: no dropout
        self.images, self.labels = images.contiguous(memory_format=layout), labels
        self.dtype = {HALF: torch.bfloat16, "16-mixed": torch.float16}.get(precision)
        self.gradient = self._step()
        self.seconds = float("inf")

    def agrees_with(self, other: "_Probe") -> bool:
        """Return whether both gradients point the same way."""
        return bool(cosine_similarity(self.gradient, other.gradient, dim=0) > NEEDED_COSINE)

    def measure(self) -> None:
        """Take a step and remember the fastest."""
        started = time.perf_counter()
        self._step()
        self.seconds = min(self.seconds, time.perf_counter() - started)

    def _step(self) -> Tensor:
        self.net.zero_grad()
        with torch.autocast(self.images.device.type, self.dtype, enabled=self.dtype is not None):
            loss = cross_entropy(self.net(self.images), self.labels)
        loss.backward()
        gradients = [parameter.grad for parameter in self.net.parameters() if parameter.grad is not None]
        gradient = torch.cat([one.flatten() for one in gradients]).float()
        if gradient.device.type != "cpu":
            torch.accelerator.synchronize(gradient.device)
        return gradient

"""Whether initial weights are of a size that lets a signal through, and unlike each other."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, short

if TYPE_CHECKING:
    from torch import Tensor

    from digitlab.diagnostics.evidence.collected import Evidence

HUGE, LARGE, SMALL = 6.0, 4.0, 0.05


def check(evidence: "Evidence") -> Finding:
    """Judge each layer's weights before training: alike, all zero, or of what gain."""
    every = evidence.subject.weighted()
    layers = {name: layer.weight.detach().float() for name, layer in every.items()}
    if not layers:
        raise Skipped("there is no layer with weights yet")
    remedy = "torch's own initialisation, or nn.init.kaiming_normal_ for ReLU, xavier_normal_ for tanh"
    names = list(layers)
    for name in names[:-1]:  # the last may begin at zero: its gradient is not
        if _alike(layers[name]):
            return failed(f"all units of {name} have the same weights", remedy)
    gains = {name: _gain(weights) for name, weights in layers.items()}
    largest = max(gains, key=lambda name: gains[name])
    smallest = min(names[:-1] or names, key=lambda name: gains[name])
    offsets = [bias for layer in every.values() if (bias := getattr(layer, "bias", None)) is not None]
    biases = max((float(bias.detach().abs().max()) for bias in offsets if bias.numel()), default=0.0)
    value = f"gains from {short(gains[smallest])} ({smallest}) to {short(gains[largest])} ({largest})"
    if not gains[largest] < HUGE or gains[smallest] < SMALL / 5 or biases > 10:
        return failed(value if biases <= 10 else f"a bias of {short(biases)}", remedy)
    return warned(value, remedy) if gains[largest] > LARGE or gains[smallest] < SMALL else passed(value)


def _alike(weights: "Tensor") -> bool:
    rows = weights.flatten(1)
    return len(rows) > 1 and bool((rows == rows[0]).all())


def _gain(weights: "Tensor") -> float:
    """Return by how much a layer scales the spread of independent inputs: the weights' spread times root fan-in."""
    rows = weights.flatten(1)
    return float(rows.square().mean().sqrt() * rows.shape[1] ** 0.5)


RULE = Rule(
    "DL206",
    "Initial weights let a signal through",
    "of each layer: whether its units differ, and root mean square of the weights times the root of the fan-in",
    "FAIL if all units of a layer are alike, for a gain above 6 or below 0.01, or a bias above 10, WARN above 4 or "
    "below 0.05; 1.41 keeps the spread through ReLU (He et al., 2015), torch's default is 0.58",
    "Units that start alike stay alike; too large weights saturate or explode, too small ones let nothing through.",
    check,
    ("DL203", *SYMPTOMS_OF_TRAINING),
)

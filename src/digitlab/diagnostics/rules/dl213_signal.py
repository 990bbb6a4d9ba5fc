"""Whether the signal keeps its size through the layers, and the units stay alive."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import middle, paste, percent, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

ENOUGH = 8  # images: fewer leave many units at zero that others would wake


def check(evidence: "Evidence") -> Finding:
    """Judge the spread of each layer's inputs, the units that are always zero, and those at the end of their range."""
    layers = list(evidence.run.record.watch.layers.values())
    if len(layers) < 2:
        raise Skipped("there is one layer with weights, or none was seen")
    remedy = paste(
        evidence.settings, "model.norm=batch", "ReLU with its initialisation (He), BatchNorm, or a lower rate"
    )
    hidden = layers[1:]
    dead = max(hidden, key=lambda layer: middle(layer.dead[-5:]))
    share = middle(dead.dead[-5:]) if evidence.train.batch_size >= ENOUGH else 0.0
    full = max(hidden, key=lambda layer: middle(layer.saturated[-5:]))
    saturated = middle(full.saturated[-5:])
    faint = min(hidden, key=lambda layer: middle(layer.sd[:5]))
    sd = middle(faint.sd[:5])
    value = (
        f"at most {percent(share)} dead (before {dead.name}), {percent(saturated)} saturated, "
        f"the least spread {short(sd)} (before {faint.name})"
    )
    if share > 0.9 or saturated > 0.9 or sd < 1e-3:
        return failed(value, remedy)
    return warned(value, remedy) if share > 0.7 or saturated > 0.6 or sd < 0.01 else passed(value)


RULE = Rule(
    "DL213",
    "The signal stays alive through the layers",
    "inputs of each layer but the first: their spread at the start; the share of units that are zero for every image, "
    "or within 3% of the end of a bounded range, later on",
    "FAIL above 90% dead or saturated or below a spread of 0.001, WARN above 70%, 60%, below 0.01 (Glorot and Bengio, "
    "2010, on saturation)",
    "Dead and saturated units pass no gradient on; a faint signal drowns.",
    check,
    ("DL207", "DL401", "DL402", "DL601", "DL604"),
)

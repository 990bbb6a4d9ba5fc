"""Whether no layer is a bottleneck."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

LEARNT = 0.15  # of the first loss: who comes below has lost nothing, as beside a gate that is narrow by intention


def check(evidence: "Evidence") -> Finding:
    """Judge how many numbers of an image go into and out of each layer, but for the scores, against the classes."""
    layers = list(evidence.run.record.watch.layers.values())
    widths = {f"after {layer.name}": layer.given for layer in layers[:-1]}
    widths |= {f"before {layer.name}": layer.numbers for layer in layers}
    if not widths:
        raise Skipped("no layer with weights was seen")
    name = min(widths, key=lambda one: widths[one])
    value = f"the narrowest place, {name}, has {widths[name]} numbers for {evidence.classes} classes"
    remedy = paste(evidence.settings, _override(evidence), "more units in this layer: several times the classes")
    if evidence.run.fallen < LEARNT:
        return passed(f"{value}, and the loss falls")
    if widths[name] * 3 <= evidence.classes:
        return failed(value, remedy)
    return warned(value, remedy) if widths[name] < evidence.classes else passed(value)


def _override(evidence: "Evidence") -> str:
    sizes = (evidence.settings or {}).get("model", {}).get("hidden_sizes")
    wider = [max(size, 64) for size in sizes] if isinstance(sizes, list) and sizes else [256, 128]
    return f"model.hidden_sizes=[{','.join(map(str, wider))}]"


RULE = Rule(
    "DL212",
    "No layer is narrower than the classes need",
    "the numbers of an image that go into and out of each layer, but for the scores, and the number of classes",
    "WARN below the number of classes, FAIL at a third of it, unless the loss falls below 15% of its start",
    "What does not pass the narrowest layer is lost to all that follow.",
    check,
    ("DL213", "DL214", "DL401", "DL402", "DL601", "DL604"),
)

"""Whether no layer is a bottleneck."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge what goes into and out of each linear layer, but for the scores, against the number of classes."""
    layers = {
        name: one
        for name, one in evidence.subject.weighted().items()
        if hasattr(one, "in_features") and hasattr(one, "out_features")
    }
    widths = {f"after {name}": layer.out_features for name, layer in list(layers.items())[:-1]}
    widths |= {f"before {name}": layer.in_features for name, layer in layers.items()}
    if not widths:
        raise Skipped("there is no linear layer")
    name = min(widths, key=lambda one: widths[one])
    value = f"the narrowest place, {name}, has {widths[name]} numbers for {evidence.classes} classes"
    remedy = paste(evidence.settings, _override(evidence), "more units in this layer: several times the classes")
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
    "the numbers that go into and out of each linear layer, but for the scores, and the number of classes",
    "WARN below the number of classes, FAIL at a third of it",
    "What does not pass the narrowest layer is lost to all that follow.",
    check,
    ("DL213", "DL214", "DL401", "DL402", "DL601", "DL604"),
)

"""Whether dropout leaves something."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import paste

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge the largest share that any dropout leaves out."""
    shares = {name: layer.p for name, layer in evidence.subject.dropouts().items()}
    if not shares:
        return passed("there is none")
    name = max(shares, key=lambda one: shares[one])
    value = f"{shares[name]:g} at {name}"
    remedy = paste(evidence.settings, "model.dropout=0.25", "p is the share that is left out: 0.2 to 0.5")
    if shares[name] >= 0.85:
        return failed(value, remedy)
    return warned(value, remedy) if shares[name] > 0.7 else passed(value)


RULE = Rule(
    "DL216",
    "Dropout leaves enough",
    "the largest share that a dropout layer leaves out",
    "WARN above 0.7, FAIL from 0.85; 0.5 was best for hidden layers, up to 0.8 kept for inputs (Srivastava et al., "
    "2014); elsewhere the number was the share that is kept",
    "With most of a layer gone in each step, what is left is noise.",
    check,
    ("DL213", "DL401", "DL402", "DL601", "DL604"),
)

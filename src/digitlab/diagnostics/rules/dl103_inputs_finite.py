"""Whether images are numbers."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

REMEDY = "find where the images become NaN or infinite: a division by a standard deviation of 0, a logarithm of 0"


def check(evidence: "Evidence") -> Finding:
    """Judge every image that was seen."""
    wrong = [name for name, split in evidence.samples.items() if not split.finite]
    layer = evidence.attempt.record.inputs
    if not wrong and layer is not None and any(value != value for value in (*layer.mean[:1], *layer.sd[:1])):
        wrong = [f"what reaches {layer.name}"]
    return failed(f"not finite: {', '.join(wrong)}", REMEDY) if wrong else passed("all numbers are finite")


RULE = Rule(
    "DL103",
    "Images are finite numbers",
    "every number of the images that the loaders give and that reach the first layer",
    "FAIL for a single NaN or infinity; one makes the loss and then every weight NaN",
    "One such number spreads to all weights in one step.",
    check,
    ("DL101", "DL102", "DL111", "DL201", *SYMPTOMS_OF_TRAINING),
)

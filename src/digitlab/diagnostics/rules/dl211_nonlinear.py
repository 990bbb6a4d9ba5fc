"""Whether several layers are more than one."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import paste, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge how far the network is from a linear map."""
    layers, bend = evidence.replay.layers, evidence.replay.bend
    if layers < 2:
        return passed(f"{layers} layer with weights")
    if bend is None:
        raise Skipped("the network casts its images, or gives the same scores for all of them")
    value = f"{layers} layers with weights, bent by {short(bend)} of the scores' spread"
    remedy = paste(evidence.settings, "model.activation=relu", "put a ReLU between the layers")
    return failed(value, remedy) if bend < 1e-6 else passed(value)


RULE = Rule(
    "DL211",
    "There are activations between the layers",
    "the scores of means of two images against the means of their scores",
    "FAIL below a millionth of the scores' spread: then all layers together are one linear map",
    "Linear layers in a row can do no more than one of them.",
    check,
    ("DL601", "DL604", "DL402"),
)

"""Whether what reaches the first layer is of about unit scale."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING, middle, paste, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

FAR, WIDE, NARROW = 10.0, 3.0, 0.1


def check(evidence: "Evidence") -> Finding:
    """Judge mean and standard deviation of the first layer's inputs over the first batches."""
    layer = evidence.run.record.watch.inputs
    if layer is None:
        raise Skipped("no layer with weights gets the images")
    mean, sd = middle(layer.mean), middle(layer.sd)
    value = f"mean {short(mean)}, sd {short(sd)} at {layer.name}"
    remedy = paste(
        evidence.settings,
        _override(evidence),
        "subtract the training images' mean and divide by their standard deviation, once",
    )
    if not (sd < FAR and abs(mean) < FAR) or sd < NARROW / 10:
        return failed(value, remedy)
    if sd > WIDE or abs(mean) > WIDE or sd < NARROW:
        return warned(value, remedy)
    return passed(value)


def _override(evidence: "Evidence") -> str:
    pixels = evidence.train.pixels / 255
    return f"data.mean={float(pixels.mean()):.4f} data.std={float(pixels.std()):.4f}"


RULE = Rule(
    "DL101",
    "Images reach the network normalised",
    "mean and standard deviation of the inputs of the first layer with weights, in training",
    "FAIL beyond 10 or below sd 0.01, WARN beyond 3 or below sd 0.1; initial weights are made for inputs of variance "
    "1 (LeCun et al., Efficient BackProp, 1998)",
    "With inputs of another scale, the first layer's outputs and gradients are of another scale too: a rate that "
    "suits it suits no other layer.",
    check,
    SYMPTOMS_OF_TRAINING,
)

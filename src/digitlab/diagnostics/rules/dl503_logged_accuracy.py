"""Whether the accuracy that is logged is the accuracy."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed
from digitlab.diagnostics.wording import percent

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence

CLOSE = 0.02  # a mean over batches instead of images differs by less


def check(evidence: "Evidence") -> Finding:
    """Judge what the module logs in validation against a count of its own scores."""
    seen = evidence.run.record.validated
    if seen is None or not seen.batches:
        raise Skipped("there was no validation")
    logged = {
        name: value / 100 if value > 1 else value
        for name, value in seen.logged.items()
        if "acc" in name.lower() and any(word in name.lower() for word in ("val", "valid", "dev"))
    }
    if not logged:
        raise Skipped("the module logs nothing that is called a validation accuracy")
    remedy = "torchmetrics' accuracy of scores and labels, logged with on_epoch=True"
    if not seen.images and evidence.run.record.call is not None:
        return failed(f"{next(iter(logged))} is logged, and no validation image was given to the network", remedy)
    if not seen.images:
        raise Skipped("the scores of validation images were not seen")
    true = seen.right / seen.images
    name = max(logged, key=lambda one: abs(logged[one] - true))
    value = f"{name} is {percent(logged[name])}; counted: {percent(true)} of {seen.images} images"
    return failed(value, remedy) if abs(logged[name] - true) > CLOSE else passed(value)


RULE = Rule(
    "DL503",
    "The logged accuracy is the accuracy",
    "what the module logs as a validation accuracy, and how many of its highest scores are right",
    "FAIL if they differ by more than 2 points: a mean over batches of unequal size differs by less",
    "Runs are chosen by this number.",
    check,
)

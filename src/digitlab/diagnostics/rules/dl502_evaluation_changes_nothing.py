"""Whether evaluation leaves the network as it is, and gives the same twice."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed, warned
from digitlab.diagnostics.wording import listed, short

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge parameters and running statistics before and after a validation, and the scores of the same images."""
    changed = evidence.run.record.weights.by_evaluation
    if changed:
        return failed(f"validation changes {listed(sorted(changed))}", "no optimizer step and no train() in validation")
    differs = evidence.replay.differs
    spread = float(evidence.replay.scores.std()) or 1.0
    if differs > 1e-3 * spread:
        value = f"the same images get scores that differ by {short(differs)}"
        return failed(value, "nn.Dropout instead of functional dropout, or F.dropout(x, training=self.training)")
    if evidence.val_if_any is not None and evidence.val_if_any.augmented:
        return warned(
            "another pass over validation gives other images",
            "no augmentation of validation and test images, and the same ones in each pass",
        )
    return passed("nothing changes, and scores are the same twice")


RULE = Rule(
    "DL502",
    "Evaluation changes nothing and is the same twice",
    "parameters and running statistics before and after a validation; the scores of the same images in evaluation mode",
    "FAIL for any change, or scores that differ by more than 0.1% of their spread, WARN if most images are other ones "
    "in another pass",
    "An evaluation that changes the network or rolls dice measures nothing.",
    check,
    ("DL503", "DL602", "DL210"),
)

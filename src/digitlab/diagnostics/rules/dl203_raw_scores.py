"""Whether the loss gets raw scores: no softmax, sigmoid, tanh or ReLU behind the last layer."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed
from digitlab.diagnostics.wording import SYMPTOMS_OF_TRAINING

if TYPE_CHECKING:
    from torch import Tensor

    from digitlab.diagnostics.evidence.collected import Evidence

REMEDY = "give the cross-entropy the output of the last linear layer as it is; it takes the softmax itself"


def check(evidence: "Evidence") -> Finding:
    """Judge the scores of the first and of the last step, and what the loss equals."""
    first, last = evidence.first_scores, evidence.last_scores
    for name, squashed in (("a softmax", _softmax), ("a softmax over the batch", _over_batch), ("a sigmoid", _sigmoid)):
        if squashed(first) and squashed(last):
            return failed(f"the scores are those of {name}", REMEDY)
    if bool((first >= 0).all()) and bool((first > 0).any()) and float((first == 0).float().mean()) > 0.05:
        return failed("no score is below 0, and some are 0: a ReLU", REMEDY)
    near = float((last.abs() > 0.99).float().mean())
    if float(last.abs().max()) <= 1.0001 and near > 0.05 and float(last.std(dim=0).max()) > 0.01:
        return failed("all scores lie between -1 and 1, and many near these: a tanh", REMEDY)
    if evidence.run.loss_kind.startswith("the cross-entropy of softmax"):
        return failed(f"the loss is {evidence.run.loss_kind}", REMEDY)
    return passed(f"scores from {float(first.min()):.2g} to {float(first.max()):.2g} at the first step")


def _softmax(scores: "Tensor") -> bool:
    return bool((scores >= 0).all()) and bool(((scores.sum(dim=1) - 1).abs() < 1e-3).all())


def _over_batch(scores: "Tensor") -> bool:
    return bool((scores >= 0).all()) and bool(((scores.sum(dim=0) - 1).abs() < 1e-3).all())


def _sigmoid(scores: "Tensor") -> bool:
    varied = float(scores.std()) > 1e-6
    return varied and bool(scores.isfinite().all()) and float(scores.min()) > 0 and float(scores.max()) <= 1


RULE = Rule(
    "DL203",
    "The loss gets raw scores",
    "the scores of the first and the last step of a short training, and whether the loss takes a softmax twice",
    "FAIL if all lie in [0, 1] and each row sums to 1, or all in (0, 1), in [-1, 1] near its ends, or above 0 with "
    "zeros",
    "Softmax twice, or any bound on the scores, holds the loss up: gradients fade before the network is sure.",
    check,
    ("DL204", "DL210", *SYMPTOMS_OF_TRAINING),
)

"""A loss is told from its value."""

import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss, nll_loss, one_hot

from digitlab.diagnostics.evidence.losses import mistake

SCORES, LABELS = torch.randn(16, 10, generator=torch.Generator().manual_seed(0)), torch.arange(16) % 10


@pytest.mark.parametrize(
    ("loss", "beginning"),
    [
        (cross_entropy(SCORES, LABELS), ""),
        (cross_entropy(SCORES, LABELS, label_smoothing=0.1), ""),
        (mse_loss(SCORES, one_hot(LABELS, 10).float()), ""),
        (cross_entropy(SCORES.softmax(1), LABELS), "the cross-entropy of softmax"),
        (nll_loss(SCORES, LABELS), "minus the label's score"),
        (cross_entropy(SCORES, LABELS, reduction="sum"), "a sum over the batch"),
        (-cross_entropy(SCORES, LABELS), "the cross-entropy with its sign changed"),
    ],
)
def test_a_loss_is_told_from_its_value(loss: torch.Tensor, beginning: str) -> None:
    found = mistake(float(loss), SCORES, LABELS)
    assert found.startswith(beginning)
    assert bool(found) == bool(beginning)

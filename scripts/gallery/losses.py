"""Losses that are none, or not this one: what stands in `loss` of a fault's overrides."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class Negated(nn.Module):
    """Rewards what it should punish: a sign too many."""

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return minus the cross-entropy."""
        return -cross_entropy(logits, labels)


class Shifted(nn.Module):
    """Compares with the label of the image before, as after a loop that is off by one."""

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the cross-entropy of others' labels."""
        return cross_entropy(logits, labels.roll(1))


class SquaredLabels(nn.Module):
    """Takes the class for a quantity: the squared distance between the expected class and the label."""

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return a mean squared error, in classes."""
        places = torch.arange(logits.shape[1], dtype=logits.dtype, device=logits.device)
        return (logits.softmax(1) @ places - labels).square().mean()

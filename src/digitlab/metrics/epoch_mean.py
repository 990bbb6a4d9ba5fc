"""The mean over the images of an epoch, however many of its batches there are and in however many processes."""

import torch
from torch import Tensor
from torchmetrics import Metric


class EpochMean(Metric):
    """A sum over images, divided by their number.

    Logged once in an epoch and updated in every step: Lightning then computes it when the epoch ends, also where a
    callback ends it early. Its sums are no buffers of the module, which DistributedDataParallel overwrites with
    those of the first process in every forward pass.
    """

    full_state_update = False
    total: Tensor
    images: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.zeros(()), dist_reduce_fx="sum")
        self.add_state("images", torch.zeros(()), dist_reduce_fx="sum")

    def update(self, value: Tensor, images: int, weight: int = 1) -> None:
        """Add `weight * value`, of a batch with so many images; nothing here waits for a GPU."""
        self.total.add_(value, alpha=weight)
        self.images.add_(images)

    def compute(self) -> Tensor:
        """Return the mean, of all processes."""
        return self.total / self.images

    def resume(self, total: float, images: float) -> None:
        """Take up the sums of an epoch that is resumed."""
        self.reset()
        self.update(torch.tensor(total, device=self.device), int(images))

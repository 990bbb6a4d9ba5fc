"""Cut a validation part from the training images, the same one for every run."""

import torch
from torch import Tensor

from digitlab.data.split_counts import split_count


def split_indices(count: int, val_share: float | None, seed: int) -> tuple[Tensor, Tensor]:
    """Return the indices to train on and those to validate on, both ascending.

    Args:
        count: Number of images, at least 2.
        val_share: Share kept for validation, in (0, 1); at least one image stays on each side. `None` keeps
            none: everything is trained on and nothing can be selected.
        seed: Which images; not the seed of the run, so that runs with different seeds validate on the same.

    Returns:
        Two int64 tensors that together hold each of `0..count-1` once.
    """
    if val_share is None:
        return torch.arange(count), torch.arange(0)
    kept = split_count(count, val_share)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return order[kept:].sort().values, order[:kept].sort().values

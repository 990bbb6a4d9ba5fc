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


def split_by_class(labels: Tensor, val_share: float | None, seed: int) -> tuple[Tensor, Tensor]:
    """Return the indices to train on and those to validate on, both ascending, with the share of each class.

    Args:
        labels: int64 `(N,)`, from 0; each that occurs does so at least twice.
        val_share: As for `split_indices`, of each class.
        seed: Likewise.
    """
    if val_share is None:
        return torch.arange(len(labels)), torch.arange(0)
    generator = torch.Generator().manual_seed(seed)
    left, kept = [], []
    for rows in labels.argsort(stable=True).split(labels.bincount().tolist()):
        order = rows[torch.randperm(len(rows), generator=generator)]
        count = split_count(len(rows), val_share) if len(rows) else 0
        kept.append(order[:count])
        left.append(order[count:])
    return torch.cat(left).sort().values, torch.cat(kept).sort().values

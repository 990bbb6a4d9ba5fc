"""A part of a data set: some of its classes, and of each only a few images."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def rows_of_classes(labels: Tensor, rows: Tensor, classes: Sequence[int]) -> Tensor:
    """Return those of `rows` whose label is one of `classes`, in their order.

    Args:
        labels: int64 `(N,)`, of all images.
        rows: int64 `(M,)`, positions among them.
        classes: Labels to keep.
    """
    return rows[torch.isin(labels[rows], torch.tensor(classes))]


def renumbered(labels: Tensor, classes: Sequence[int]) -> Tensor:
    """Return the place of each label among `classes`, int64 `(N,)`: with classes 7 and 3, 7 becomes 0 and 3 becomes 1.

    Args:
        labels: int64 `(N,)`, each one of `classes`.
        classes: Labels in the order of their new numbers.
    """
    places = torch.zeros(max(classes) + 1, dtype=torch.int64)
    places[torch.tensor(classes)] = torch.arange(len(classes))
    return places[labels]


def few_of_each(labels: Tensor, rows: Tensor, count: int, seed: int) -> Tensor:
    """Return `count` of `rows` for each label that occurs in them, or all of a label that has fewer; ascending.

    What is chosen for a larger count contains what is chosen for a smaller one, and what is chosen of one label does
    not depend on which others there are.

    Args:
        labels: int64 `(N,)`, of all images.
        rows: int64 `(M,)`, positions among them.
        count: Images of each label, at least 1.
        seed: Which ones.
    """
    own = labels[rows]
    chosen = []
    for label in own.unique().tolist():
        candidates = rows[own == label]
        mixed = int(np.random.SeedSequence([seed, label]).generate_state(1)[0])
        order = torch.randperm(len(candidates), generator=torch.Generator().manual_seed(mixed))
        chosen.append(candidates[order[:count]])
    return torch.cat(chosen).sort().values

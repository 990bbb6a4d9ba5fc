"""What simple classifiers make of the same images: the floor that any network has to beat."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import RidgeClassifier
from torch import Tensor

from digitlab.diagnostics.evidence.samples import Split

NEIGHBOURS = 10


@dataclass
class References:
    """Accuracies of simple classifiers, as shares.

    Attributes:
        neighbours: On each training image, by the images most like it, itself left out.
        chance: Share of the commonest class.
        nearest_mean: On the validation images.
        linear: On the validation images.
        neighbours_on_validation: On the validation images, by the training images most like them.
        noise: Estimated share of wrong training labels.
        images: Training images that these were made from.
    """

    neighbours: float
    chance: float
    nearest_mean: float | None
    linear: float | None
    neighbours_on_validation: float | None
    noise: float
    images: int


def refer(train: Split, val: Split | None) -> References:
    """Return what simple classifiers make of a data set."""
    scale = train.pixels.std() + 1e-12
    pixels, labels = (train.pixels - train.pixels.mean()) / scale, train.labels
    near = votes(pixels, pixels, labels, leave_one_out=True)
    neighbours = float((near.argmax(dim=1) == labels).float().mean())
    chance = float(labels.bincount().max() / len(labels))
    means = linear = by_neighbours = None
    if val is not None and len(val.pixels) and val.pixels.shape[1] == pixels.shape[1]:
        unseen = (val.pixels - train.pixels.mean()) / scale
        classes = labels.unique()
        centres = torch.stack([pixels[labels == one].mean(dim=0) for one in classes])
        means = float((classes[torch.cdist(unseen, centres).argmin(dim=1)] == val.labels).float().mean())
        model = RidgeClassifier(alpha=float(len(pixels)) / 10).fit(pixels.numpy(), labels.numpy())
        linear = float(np.mean(model.predict(unseen.numpy()) == val.labels.numpy()))
        found = votes(unseen, pixels, labels)
        by_neighbours = float((found.argmax(dim=1) == val.labels).float().mean())
    return References(neighbours, chance, means, linear, by_neighbours, _noise(near, labels), len(labels))


def votes(images: Tensor, known: Tensor, labels: Tensor, leave_one_out: bool = False) -> Tensor:
    """Return the share of the nearest neighbours `(N, C)` that are of each class."""
    distances = torch.cdist(images, known)
    if leave_one_out:
        distances.fill_diagonal_(torch.inf)
    near = distances.topk(min(NEIGHBOURS, len(known) - 1), largest=False).indices
    return torch.nn.functional.one_hot(labels[near], int(labels.max()) + 1).float().mean(dim=1)


def _noise(votes: Tensor, labels: Tensor) -> float:
    """Estimate the share of wrong labels by confident learning.

    An image counts as mislabelled if its neighbours are as sure of another class as they are, on average, of the
    images that carry that class's label, and less sure than that of its own.

    References:
        Northcutt, Jiang, Chuang: Confident learning: estimating uncertainty in dataset labels (2021).
    """
    classes = votes.shape[1]
    sure = torch.stack(
        [votes[labels == one, one].mean() if (labels == one).any() else torch.tensor(2.0) for one in range(classes)]
    )
    above = votes >= sure
    best = torch.where(above, votes, -1.0).argmax(dim=1)
    wrong = above.any(dim=1) & (best != labels) & (votes[torch.arange(len(labels)), labels] < sure[labels])
    return float(wrong.float().mean())

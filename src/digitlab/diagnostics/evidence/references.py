"""What simple classifiers make of the same images: the floor that any network has to beat."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import RidgeClassifier
from torch import Tensor

from digitlab.diagnostics.evidence.samples import Split

NEIGHBOURS = 10
MARGIN = 0.05
SOME = 100  # images
STEPS = 32  # values of a pixel that are told apart
ENOUGH = 200  # images, for an estimate
FEW = 500  # images that are turned about and cut


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
        noise_in_validation: The same of validation labels; `None` of fewer than 200.
        images: Training images that these were made from.
        classes: That they have.
        telling: On the training images, by the value of the one pixel that tells most.
        tellers: Share of the pixels that tell nearly as much.
        edge: On some training images, by the neighbours of a strip at the edge, the most telling of the four.
        turned: By what validation images become like those of training, where they are not; empty if by nothing known.
        separate: Whether validation images are recognised by each other, however named, and not by training images.
    """

    neighbours: float
    chance: float
    nearest_mean: float | None
    linear: float | None
    neighbours_on_validation: float | None
    noise: float
    noise_in_validation: float | None
    images: int
    classes: int
    telling: float
    tellers: float
    edge: float
    turned: str
    separate: bool

    @property
    def few(self) -> bool:
        """Return whether there are too few images for neighbours to say something."""
        return self.images < SOME

    @property
    def floor(self) -> float:
        """Return the share of right neighbours that says something, of labels that belong to their images."""
        return self.chance + MARGIN + 4 * math.sqrt(self.chance * (1 - self.chance) / self.images)

    @property
    def at_chance(self) -> bool:
        """Return whether neighbours are right no more often than by chance."""
        return not self.few and self.neighbours < self.floor


def refer(train: Split, val: Split | None) -> References:
    """Return what simple classifiers make of a data set."""
    scale = train.pixels.std() + 1e-12
    pixels, labels = (train.pixels - train.pixels.mean()) / scale, train.labels
    near = votes(pixels, pixels, labels, leave_one_out=True)
    neighbours = float((near.argmax(dim=1) == labels).float().mean())
    chance = float(labels.bincount().max() / len(labels))
    means = linear = by_neighbours = None
    noise_in_validation, turned, separate = None, "", False
    if val is not None and len(val.pixels) and val.pixels.shape[1] == pixels.shape[1]:
        unseen = (val.pixels - train.pixels.mean()) / scale
        classes = labels.unique()
        centres = torch.stack([pixels[labels == one].mean(dim=0) for one in classes])
        means = float((classes[torch.cdist(unseen, centres).argmin(dim=1)] == val.labels).float().mean())
        model = RidgeClassifier(alpha=float(len(pixels)) / 10).fit(pixels.numpy(), labels.numpy())
        linear = float(np.mean(model.predict(unseen.numpy()) == val.labels.numpy()))
        found = votes(unseen, pixels, labels)
        by_neighbours = float((found.argmax(dim=1) == val.labels).float().mean())
        if by_neighbours < neighbours / 2:
            turned = _turned(unseen.unflatten(1, val.shape), val.labels, pixels, labels, 0.75 * neighbours)
            alone = votes(unseen, unseen, val.labels, leave_one_out=True).argmax(dim=1) == val.labels
            named = _renamed(found.argmax(dim=1), val.labels)
            often = labels.bincount(minlength=int(val.labels.max()) + 1)[val.labels] >= NEIGHBOURS
            separate = float(alone.float().mean()) > 0.75 * neighbours > named and bool(often.float().mean() > 0.9)
        noise_in_validation = noise_of(val) if len(val.labels) >= ENOUGH else None
    telling = _telling(pixels, labels)
    best = float(telling.max())
    wrong, seen = _wrong(near, labels), _varied(pixels)
    return References(
        neighbours, chance, means, linear, by_neighbours, _share(wrong[seen]), noise_in_validation,
        len(labels), len(labels.unique()), best, float((telling > 0.9 * best).float().mean()),
        _edge(pixels.unflatten(1, train.shape), labels), turned, separate,
    )  # fmt: skip


def _renamed(found: Tensor, true: Tensor) -> float:
    """Return the share of the answers that are right if each is taken for the class that it is given to most often."""
    classes = int(max(found.max(), true.max())) + 1
    return float(
        (found * classes + true).bincount(minlength=classes**2).view(classes, classes).amax(dim=1).sum()
    ) / len(true)


def _turned(images: Tensor, true: Tensor, known: Tensor, labels: Tensor, enough: float) -> str:
    """Return by what `(N, C, H, W)` become like the known images, neighbours being right for so many then."""
    images, true = images[:FEW], true[:FEW]
    ways = {"inverted": -images, "mirrored": images.flip(-1), "upside down": images.flip(-2)}
    if images.shape[-1] == images.shape[-2]:
        turns = {f"turned by {90 * times} degrees": images.rot90(times, (-2, -1)) for times in (1, 2, 3)}
        ways |= {"transposed": images.transpose(-2, -1), **turns}
    if images.shape[1] > 1:
        ways["of another order of colours"] = images.flip(1)
    for name, changed in ways.items():
        changed = changed - changed.mean() + known.mean()
        if float((votes(changed.flatten(1), known, labels).argmax(dim=1) == true).float().mean()) > enough:
            return name
    return ""


def _edge(images: Tensor, labels: Tensor) -> float:
    """Return how often neighbours are right that see nothing but a seventh of the image, at one of its edges."""
    images, labels = images[:FEW], labels[:FEW]
    height, width = images.shape[-2:]
    if len(labels) < ENOUGH or min(height, width) < 7:
        return 0.0
    down, right = height // 7, width // 7
    strips = (images[..., :down, :], images[..., -down:, :], images[..., :right], images[..., -right:])
    near = [votes(strip.flatten(1), strip.flatten(1), labels, leave_one_out=True) for strip in strips]
    return max(float((one.argmax(dim=1) == labels).float().mean()) for one in near)


def _telling(pixels: Tensor, labels: Tensor) -> Tensor:
    """Return of each pixel how often the commonest class among images with its value is right, with 32 values."""
    low, high = pixels.amin(dim=0), pixels.amax(dim=0)
    steps = ((pixels - low) / (high - low).clamp_min(1e-12) * (STEPS - 1)).round().long()
    classes, width = int(labels.max()) + 1, pixels.shape[1]
    places = (torch.arange(width) * STEPS + steps) * classes + labels[:, None]
    counts = places.flatten().bincount(minlength=width * STEPS * classes).view(width, STEPS, classes)
    return counts.amax(dim=2).sum(dim=1) / len(labels)


def votes(images: Tensor, known: Tensor, labels: Tensor, leave_one_out: bool = False) -> Tensor:
    """Return the share of the nearest neighbours `(N, C)` that are of each class."""
    distances = torch.cdist(images, known)
    if leave_one_out:
        distances.fill_diagonal_(torch.inf)
    near = distances.topk(min(NEIGHBOURS, len(known) - 1), largest=False).indices
    return torch.nn.functional.one_hot(labels[near], int(labels.max()) + 1).float().mean(dim=1)


def noise_of(split: Split) -> float:
    """Estimate the share of wrong labels of a part of the data by itself."""
    near = votes(split.pixels, split.pixels, split.labels, leave_one_out=True)
    return _share(_wrong(near, split.labels)[_varied(split.pixels)])


def _share(wrong: Tensor) -> float:
    return float(wrong.float().mean()) if len(wrong) else 0.0


def _varied(pixels: Tensor) -> Tensor:
    """Return which images show something: of the others, nobody can tell the label."""
    return pixels.amax(dim=1) > pixels.amin(dim=1)


def _wrong(votes: Tensor, labels: Tensor) -> Tensor:
    """Return which labels look wrong, by confident learning.

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
    return above.any(dim=1) & (best != labels) & (votes[torch.arange(len(labels)), labels] < sure[labels])

"""Images as the first layer gets them, in training and in validation: what augmentation makes of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from digitlab.diagnostics.evidence.references import votes
from digitlab.diagnostics.evidence.samples import prints, shrunk, small

KEPT = 600  # images of each kind


@dataclass
class View:
    """Images of a split as the first layer gets them, with their labels."""

    pixels: list[Tensor] = field(default_factory=list)
    labels: list[Tensor] = field(default_factory=list)
    shape: tuple[int, ...] = ()

    def add(self, images: Tensor, labels: Tensor | None) -> None:
        """Keep images until there are enough."""
        if labels is not None and len(labels) == len(images) and sum(map(len, self.labels)) < KEPT and images.ndim > 1:
            self.shape = tuple(small(images).shape[1:])
            self.pixels.append(shrunk(images))
            self.labels.append(labels)

    def joined(self) -> tuple[Tensor, Tensor]:
        """Return all of them: pixels `(N, features)` and labels `(N,)`."""
        if not self.labels:
            return torch.empty(0, 0), torch.empty(0, dtype=torch.int64)
        return torch.cat(self.pixels), torch.cat(self.labels)


@dataclass
class Views:
    """How well images are recognised by plain ones.

    Attributes:
        images: Validation images that there were.
        plain: Share of these that their nearest neighbours among the others name rightly.
        augmented: The same of training images, by neighbours among the validation images, also shifted by a pixel.
        farther: How many times farther from these neighbours training images are than validation images, whatever their
            labels say.
    """

    images: int
    plain: float
    augmented: float
    farther: float = 1.0


def compare(train: View, val: View) -> Views:
    """Return how well training images are recognised by validation images."""
    plain, labels = _distinct(*val.joined())
    augmented, true = train.joined()
    known = torch.isin(true, labels)  # validation may lack a class
    augmented, true = augmented[known], true[known]
    if len(labels) < 2 or not len(true) or plain.shape[1] != augmented.shape[1]:
        return Views(0, 0.0, 0.0)
    by_others = votes(plain, plain, labels, leave_one_out=True)
    shifted = torch.cat(list(_shifts(plain.unflatten(1, val.shape))))
    by_plain = votes(augmented, shifted, labels.repeat(len(shifted) // len(plain)))
    right = [(found.argmax(dim=1) == known).float().mean() for found, known in ((by_others, labels), (by_plain, true))]
    between = torch.cdist(plain, plain).fill_diagonal_(torch.inf).amin(dim=1).median()
    farther = torch.cdist(augmented, shifted).amin(dim=1).median() / between.clamp_min(1e-12)
    return Views(len(labels), float(right[0]), float(right[1]), float(farther))


def _distinct(pixels: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return each image once: a validation set that is small is seen several times."""
    rows = {image: row for row, image in reversed([*enumerate(prints(pixels))])}
    first = torch.tensor(sorted(rows.values()), dtype=torch.int64)
    return pixels[first], labels[first]


def _shifts(images: Tensor) -> Iterator[Tensor]:
    """Return images as rows of numbers, as they are and shifted by a fourteenth of their side: neighbours see no shape.

    Of rows without a height, none is shifted.
    """
    height, width = images.shape[-2:]
    down, right = (0 if height == 1 else max(1, side // 14) for side in (height, width))
    for places in {(0, 0)} | {(y * down, x * right) for y in (-1, 0, 1) for x in (-1, 0, 1)}:
        yield images.roll(places, (-2, -1)).flatten(1)

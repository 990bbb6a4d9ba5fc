"""What can be wrong with images and labels: pure functions from sound ones to spoilt ones.

All take images, float `(N, 1, 28, 28)` in [0, 1], labels, int64 `(N,)`, and a generator, and return such a pair.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

Pair = tuple[Tensor, Tensor]


def constant(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Show the first image in every place, as a reader does that never moves on."""
    return images[:1].expand_as(images).clone(), labels


def with_nan(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Leave one image in twenty without a single number, as 0 / 0 does to blank ones."""
    images = images.clone()
    images[torch.randperm(len(images), generator=generator)[: len(images) // 20]] = torch.nan
    return images, labels


def counted_from_one(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Number the classes 1 to 10."""
    return images, labels + 1


def without_classes(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Leave out the classes 7, 8 and 9."""
    kept = labels < 7
    return images[kept], labels[kept]


def imbalanced(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Leave one class whole, and of each other one image in fifty."""
    kept = (labels == 1) | (torch.rand(len(labels), generator=generator) < 0.02)
    kept[[int((labels == label).nonzero()[0]) for label in labels.unique()]] = True
    return images[kept], labels[kept]


def misaligned(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Shuffle the images and not their labels."""
    return images[torch.randperm(len(images), generator=generator)], labels


def off_by_one(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Give each image the label of the next one: a header line that was read as a label."""
    return images, labels.roll(-1)


def noisy_labels(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Draw the labels of six images in ten anew."""
    drawn = torch.randint(10, labels.shape, generator=generator)
    return images, torch.where(torch.rand(len(labels), generator=generator) < 0.6, drawn, labels)


def confused_classes(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Call half of each even class by the name of the odd class behind it."""
    confused = (labels % 2 == 0) & (torch.rand(len(labels), generator=generator) < 0.5)
    return images, labels + confused


def overlapping(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Add a copy of six images in ten under another label."""
    chosen = torch.rand(len(labels), generator=generator) < 0.6
    return torch.cat([images, images[chosen]]), torch.cat([labels, (labels[chosen] + 3) % 10])


def repeated(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Repeat the first forty images until there are as many as before."""
    places = torch.arange(len(images)) % 40
    return images[places], labels[places]


def few(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Leave the first thirty."""
    return images[:30], labels[:30]


def sorted_by_class(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Put one class behind the other."""
    order = labels.argsort(stable=True)
    return images[order], labels[order]


def inverted(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Draw dark on bright."""
    return 1 - images, labels


def in_bytes(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Give grey levels of 0 to 255 for those of 0 to 1."""
    return images * 255, labels


def dimmed(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Divide by 255 what was divided already."""
    return images / 255, labels


def noisy_images(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Bury every image in noise three times as strong as it is."""
    return images + torch.randn(images.shape, generator=generator), labels


def scrambled(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Put the pixels of each image in an order of its own."""
    flat = images.flatten(1)
    order = torch.rand(flat.shape, generator=generator).argsort(1)
    return flat.gather(1, order).view(images.shape), labels


def label_in_corner(images: Tensor, labels: Tensor, generator: Generator) -> Pair:
    """Draw a bright spot whose place is the label, as a scanner's stamp or a file's number does."""
    images = images.clone()
    for size in range(2):
        images[torch.arange(len(images)), 0, size, labels * 2] = 3.0
        images[torch.arange(len(images)), 0, size, labels * 2 + 1] = 3.0
    return images, labels


SPOILERS: dict[str, Callable[[Tensor, Tensor, Generator], Pair]] = {
    function.__name__: function
    for function in (
        constant, with_nan, counted_from_one, without_classes, imbalanced, misaligned, off_by_one, noisy_labels,
        confused_classes, overlapping, repeated, few, sorted_by_class, inverted, in_bytes, dimmed, noisy_images,
        scrambled, label_in_corner,
    )
}  # fmt: skip

"""The bundled digits as other people feed them: LightningDataModules with torch's own DataLoader and float images."""

import time
from collections.abc import Iterator
from typing import Any

import torch
from lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

from digitlab.data.load import load
from digitlab.data.splits import split_indices
from gallery.spoilers import SPOILERS

MEAN, STD = 0.1556, 0.2771  # of the training images, in [0, 1]
VAL_SHARE = 1 / 6


class TensorDigits(LightningDataModule):
    """Batches `(images, labels)` of a TensorDataset, normalised before training begins.

    Args:
        num_classes: Number of classes.
        batch_size: Images of a training step.
        spoil: A key of `SPOILERS`, or `None`.
        where: The parts that are spoilt: "train", "val" and "test".
        shift: Most pixels by which each image is moved along each axis, once and for all; 0 leaves them. Makes them
            harder, so that a linear model is not enough.
        shuffle: Whether each epoch has its own order.
        leak: Whether the validation images stand among the training images.
        train_count: How many of the training images are used; `None` for all.
        seed: Of the order and of what is drawn.
    """

    def __init__(
        self,
        num_classes: int = 10,
        batch_size: int = 32,
        spoil: str | None = None,
        where: tuple[str, ...] = ("train",),
        shift: int = 0,
        shuffle: bool = True,
        leak: bool = False,
        train_count: int | None = None,
        seed: int = 42,
    ) -> None:
        super().__init__()
        self.num_classes, self.batch_size, self.seed = num_classes, batch_size, seed
        self.spoil, self.where, self.shift = spoil, tuple(where), shift
        self.shuffle, self.leak, self.train_count = shuffle, leak, train_count
        self.parts: dict[str, tuple[Tensor, Tensor]] = {}

    def setup(self, stage: str | None = None) -> None:
        """Read all parts, and spoil those that are to be."""
        if self.parts:
            return
        images, labels = load("digits", "train", "")
        train, val = split_indices(len(labels), VAL_SHARE, 0)
        train = train[: self.train_count]
        sound = {"train": (images[train], labels[train]), "val": (images[val], labels[val])}
        sound["test"] = tuple(load("digits", "test", ""))  # type: ignore[assignment]
        for number, (part, (some, classes)) in enumerate(sound.items()):
            generator = torch.Generator().manual_seed(number)  # not the run's: the same data for every seed
            floats = moved(some.float() / 255, self.shift, generator)
            if self.spoil is not None and part in self.where:
                floats, classes = SPOILERS[self.spoil](floats, classes, generator)
            self.parts[part] = ((floats - MEAN) / STD, classes)
        if self.leak:
            both = zip(self.parts["train"], self.parts["val"], strict=True)
            self.parts["train"] = tuple(torch.cat(one) for one in both)  # type: ignore[assignment]

    def dataset(self, part: str) -> Dataset[Any]:
        """Return a part as torch's loaders want it."""
        return TensorDataset(*self.parts[part])

    def _loader(self, part: str, **options: Any) -> DataLoader[Any]:
        self.setup()
        return DataLoader(self.dataset(part), **options)

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the training batches."""
        generator = torch.Generator().manual_seed(self.seed)
        return self._loader("train", batch_size=self.batch_size, shuffle=self.shuffle, generator=generator)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the validation batches."""
        return self._loader("val", batch_size=120)

    def test_dataloader(self) -> DataLoader[Any]:
        """Return the test batches."""
        return self._loader("test", batch_size=120)


class Described(Dataset[dict[str, Any]]):
    """Images and labels as dictionaries, with the number of each."""

    def __init__(self, images: Tensor, labels: Tensor, by_pixel: bool = False, wait: float = 0.0) -> None:
        self.images, self.labels, self.by_pixel, self.wait = images, labels, by_pixel, wait

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> dict[str, Any]:
        image = self.images[place]
        if self.by_pixel:  # as a decoder of one's own does
            image = torch.empty_like(image)
            for row in range(28):
                for column in range(28):
                    image[0, row, column] = self.images[place, 0, row, column]
        if self.wait:
            time.sleep(self.wait)
        return {"image": image, "target": self.labels[place], "id": place}


class DictDigits(TensorDigits):
    """The same as dictionaries.

    Args:
        by_pixel: Whether each pixel passes through Python.
        wait: Seconds that a disk takes for each image.
        **arguments: Of `TensorDigits`.
    """

    def __init__(self, by_pixel: bool = False, wait: float = 0.0, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.by_pixel, self.wait = by_pixel, wait

    def dataset(self, part: str) -> Dataset[Any]:
        """Return a part, an image at a time."""
        return Described(*self.parts[part], by_pixel=self.by_pixel, wait=self.wait)


def moved(images: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """Return each image moved by its own whole numbers of pixels, at most `most` along each axis."""
    if not most:
        return images
    shifts = torch.randint(-most, most + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack([image.roll(shift, (1, 2)) for image, shift in zip(images, shifts, strict=True)])


def pairs(loader: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images and labels of any loader here, whatever form its batches have."""
    for batch in loader:
        yield (batch["image"], batch["target"]) if isinstance(batch, dict) else (batch[0], batch[1])

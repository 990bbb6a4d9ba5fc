"""What augmentation does to images is not taken for wrong labels, empty images or copies, nor the other way round."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from digitlab.diagnostics.evidence.samples import look
from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from support.sick_trainings import ARGUMENTS, Digits, Net

pytestmark = pytest.mark.usefixtures("brief")


def cropped(items: list[Any]) -> tuple[Tensor, Tensor]:
    """Enlarge a corner of each image, another one each time; many show nothing then."""
    images = []
    for image, _ in items:
        top, left = torch.randint(0, 6, (2,)).tolist()
        images.append(interpolate(image[None, :, top : top + 3, left : left + 3], (8, 8))[0])
    return torch.stack(images), torch.stack([label for _, label in items])


def shifted(items: list[Any]) -> tuple[Tensor, Tensor]:
    """Shift each image by up to a pixel, another way each time."""
    images = [image.roll(torch.randint(-1, 2, (2,)).tolist(), (-2, -1)) for image, _ in items]
    return torch.stack(images), torch.stack([label for _, label in items])


def noisy(items: list[Any]) -> tuple[Tensor, Tensor]:
    """Add a little noise to each image, other noise each time."""
    images = torch.stack([image for image, _ in items])
    return images + 0.05 * torch.randn_like(images), torch.stack([label for _, label in items])


class Cropped(Digits):
    """Trains on corners."""

    def train_dataloader(self) -> Any:
        return DataLoader(TensorDataset(*self.train), 32, shuffle=True, collate_fn=cropped)


class Shuffled(Digits):
    """Trains on noisy images with the labels of others."""

    def train_dataloader(self) -> Any:
        images, labels = self.train
        return DataLoader(TensorDataset(images, labels.flip(0)), 32, shuffle=True, collate_fn=noisy)


class Scrambled(Digits):
    """Takes the axes of the file for others: an image has pixels of all images."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        self.train, self.val = (
            (images.permute(1, 2, 3, 0).reshape(images.shape).contiguous(), labels)
            for images, labels in (self.train, self.val)
        )


class Same(Digits):
    """Reads the first image each time."""

    def setup(self, stage: str | None = None) -> None:
        super().setup(stage)
        self.train = (self.train[0][:1].expand_as(self.train[0]), self.train[1])


class Moving(Digits):
    """Augments its validation images too."""

    def train_dataloader(self) -> Any:
        return DataLoader(TensorDataset(*self.train), 32, shuffle=True, collate_fn=shifted)

    def val_dataloader(self) -> Any:
        return DataLoader(TensorDataset(*self.val), 64, collate_fn=shifted)


class Endless(Digits):
    """Gives some images over and over, in batches without end."""

    def train_dataloader(self) -> Any:
        images, labels = self.train

        class Stream(IterableDataset[Any]):
            def __iter__(self) -> Iterator[Any]:
                while True:
                    chosen = torch.randint(0, len(images), (32,))
                    yield images[chosen], labels[chosen]

        return DataLoader(Stream(), batch_size=None)


@pytest.mark.parametrize(
    ("data", "code"),
    [(Cropped, "DL109"), (Shuffled, "DL106"), (Scrambled, "DL106"), (Same, "DL102"), (Moving, "DL502")],
)
def test_the_cause_is_what_was_done(data: Any, code: str) -> None:
    cause = diagnose(Net(), data(), **ARGUMENTS).cause
    assert cause is not None
    assert (cause.code, cause.status) == (code, Status.WARN if code == "DL502" else Status.FAIL)


def test_what_begins_over_is_no_copy() -> None:
    found = diagnose(Net(), Endless(), checks="DL108", max_steps=60, accelerator="cpu", budget=20).results[0]
    assert found.status is Status.PASS
    assert float(found.value.partition("%")[0]) > 50


def test_copies_are_found_though_not_all_images_could_be_looked_at() -> None:
    images, labels = torch.rand(20, 1, 8, 8).repeat(40, 1, 1, 1), torch.arange(20).repeat(40)
    split = look(DataLoader(TensorDataset(images, labels), 64), seconds=0)
    assert (split.whole, split.endless) == (False, False)
    data = Endless()
    data.setup()
    split = look(data.train_dataloader(), seconds=0)
    assert (split.whole, split.endless) == (False, True)

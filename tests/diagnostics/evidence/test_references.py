"""Simple classifiers and the estimate of wrong labels."""

from typing import Any

import pytest
import torch
from sklearn.datasets import load_digits

from digitlab.diagnostics.evidence.references import References, refer
from digitlab.diagnostics.evidence.samples import Split


def found(noise: float = 0.0, shuffled: bool = False, turn: Any = None, mark: bool = False) -> References:
    pixels, classes = load_digits(return_X_y=True)
    images, labels = torch.tensor(pixels, dtype=torch.float32), torch.tensor(classes)
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(images), generator=generator)
    images, labels = images[order], labels[order]
    wrong = torch.rand(len(labels), generator=generator) < noise
    labels = torch.where(wrong, (labels + 1 + torch.randint(0, 9, labels.shape, generator=generator)) % 10, labels)
    labels = labels[torch.randperm(len(labels), generator=generator)] if shuffled else labels
    images = images.view(-1, 1, 8, 8)
    if mark:
        images[:, 0, 0, 0] = labels
    train, val = images[:1400], images[1400:] if turn is None else turn(images[1400:])
    splits = ((train, labels[:1400]), (val, labels[1400:]))
    return refer(*(Split(pixels.flatten(1), tuple(pixels.shape[1:]), classes) for pixels, classes in splits))


def test_simple_classifiers_read_digits() -> None:
    clean = found()
    assert clean.neighbours > 0.95
    assert clean.chance < 0.12
    assert clean.linear is not None
    assert clean.nearest_mean is not None
    assert clean.linear > clean.nearest_mean > 0.85
    assert clean.turned == ""
    assert found(shuffled=True).neighbours < 0.2


@pytest.mark.parametrize(
    ("name", "turn"),
    [
        ("inverted", lambda images: 16 - images),
        ("mirrored", lambda images: images.flip(-1)),
        ("upside down", lambda images: images.flip(-2)),
        ("transposed", lambda images: images.transpose(-1, -2)),
        ("turned by 90 degrees", lambda images: images.rot90(3, (-2, -1))),
        ("", lambda images: images[torch.randperm(len(images))]),
    ],
)
def test_how_validation_images_are_turned_is_told(name: str, turn: Any) -> None:
    assert found(turn=turn).turned == name


def test_a_pixel_that_tells_the_class_is_found() -> None:
    assert found().telling < 0.5
    marked = found(mark=True)
    assert marked.telling == 1.0
    assert marked.tellers == 1 / 64


@pytest.mark.parametrize(
    ("noise", "low", "high"), [(0.0, 0, 0.01), (0.1, 0.07, 0.13), (0.2, 0.15, 0.25), (0.4, 0.3, 0.5)]
)
def test_wrong_labels_are_counted(noise: float, low: float, high: float) -> None:
    assert low <= found(noise).noise <= high

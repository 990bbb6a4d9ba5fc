"""Simple classifiers and the estimate of wrong labels."""

import pytest
import torch
from sklearn.datasets import load_digits

from digitlab.diagnostics.evidence.references import References, refer
from digitlab.diagnostics.evidence.samples import Split


def found(noise: float = 0.0, shuffled: bool = False) -> References:
    pixels, classes = load_digits(return_X_y=True)
    images, labels = torch.tensor(pixels, dtype=torch.float32), torch.tensor(classes)
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(images), generator=generator)
    images, labels = images[order], labels[order]
    wrong = torch.rand(len(labels), generator=generator) < noise
    labels = torch.where(wrong, (labels + 1 + torch.randint(0, 9, labels.shape, generator=generator)) % 10, labels)
    labels = labels[torch.randperm(len(labels), generator=generator)] if shuffled else labels
    return refer(Split(images[:1400], labels[:1400]), Split(images[1400:], labels[1400:]))


def test_simple_classifiers_read_digits() -> None:
    clean = found()
    assert clean.neighbours > 0.95
    assert clean.chance < 0.12
    assert clean.linear is not None
    assert clean.nearest_mean is not None
    assert clean.linear > clean.nearest_mean > 0.85
    assert found(shuffled=True).neighbours < 0.2


@pytest.mark.parametrize(
    ("noise", "low", "high"), [(0.0, 0, 0.01), (0.1, 0.07, 0.13), (0.2, 0.15, 0.25), (0.4, 0.3, 0.5)]
)
def test_wrong_labels_are_counted(noise: float, low: float, high: float) -> None:
    assert low <= found(noise).noise <= high

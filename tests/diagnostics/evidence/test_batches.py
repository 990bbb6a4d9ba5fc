"""Images and labels are found in batches of any form."""

from typing import Any

import pytest
import torch

from digitlab.data.batch import Batch
from digitlab.diagnostics.evidence.batches import images_of, labels_of

IMAGES, LABELS = torch.rand(4, 1, 8, 8), torch.tensor([3, 1, 0, 2])
ONE_HOT = torch.nn.functional.one_hot(LABELS, 5).float()


@pytest.mark.parametrize(
    "batch",
    [
        (IMAGES, LABELS),
        [LABELS, IMAGES],
        {"y": LABELS, "x": IMAGES},
        {"in": {"x": IMAGES, "weight": torch.rand(4)}, "out": [LABELS.int()]},
        Batch((IMAGES * 255).to(torch.uint8), LABELS),
        (IMAGES, LABELS.to(torch.uint8)),
        (IMAGES, LABELS[:, None]),
        (IMAGES, ONE_HOT),
        (IMAGES, 0.9 * ONE_HOT + 0.02),
        (IMAGES.flatten(1), LABELS),
    ],
)
def test_labels_are_found(batch: Any) -> None:
    images, labels = images_of(batch), labels_of(batch)
    assert images is not None
    assert labels is not None
    assert (images.shape[0], images[0].numel(), labels.tolist()) == (4, 64, [3, 1, 0, 2])


@pytest.mark.parametrize(
    "batch", [IMAGES, (IMAGES, torch.rand(4)), {}, "text", (IMAGES, torch.zeros(4, dtype=torch.bool))]
)
def test_there_may_be_none(batch: Any) -> None:
    assert labels_of(batch) is None

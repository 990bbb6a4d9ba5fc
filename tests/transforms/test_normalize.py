"""Whole-batch normalisation equals torchvision's per-image transforms, bit for bit."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from digitlab.data.load import load
from digitlab.transforms import Normalize


def by_torchvision(images: np.ndarray, mean: float, std: float) -> torch.Tensor:
    """Return what the lesson's transform gives for uint8 images `(N, H, W)`, one image at a time."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))])
    return torch.stack([transform(Image.fromarray(image)) for image in images])


@pytest.mark.parametrize(("mean", "std"), [(0.1307, 0.3081), (0.1556, 0.2771), (0.2860, 0.3530)])
def test_all_256_grey_levels_equal_torchvisions(mean: float, std: float) -> None:
    images = np.arange(256, dtype=np.uint8).repeat(4).reshape(4, 16, 16)
    ours = Normalize(mean, std)(torch.from_numpy(images).unsqueeze(1))
    assert ours.dtype == torch.float32
    assert torch.equal(ours, by_torchvision(images, mean, std))


@pytest.mark.slow
def test_real_images_equal_torchvisions(real_mnist: Path) -> None:
    images = load("mnist", "test", real_mnist).images[:500]
    assert torch.equal(Normalize(0.1307, 0.3081)(images), by_torchvision(images[:, 0].numpy(), 0.1307, 0.3081))


def test_input_stays_as_it_is_and_state_dict_is_empty() -> None:
    images = torch.full((2, 1, 3, 3), 7, dtype=torch.uint8)
    module = Normalize(0.5, 0.5)
    module(images)
    assert images.eq(7).all()
    assert module.state_dict() == {}

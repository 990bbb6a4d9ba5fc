"""Augmentation: where the ink goes, that every image has its own way, and that the seed decides it."""

import pytest
import torch
from torch import Tensor

from digitlab.transforms import Warp

STILL = {"degrees": 0.0, "scale": 0.0, "shear": 0.0, "shift": 0.0}


def spot(row: int = 13, column: int = 13, count: int = 1) -> Tensor:
    """Return images with a square of ink, 2x2, whose upper left corner is given."""
    images = torch.zeros(count, 1, 28, 28, dtype=torch.uint8)
    images[..., row : row + 2, column : column + 2] = 255
    return images


def centre(images: Tensor) -> Tensor:
    """Return the centre of the ink of each image, `(B, 2)`, row and column."""
    places = torch.arange(28.0)
    mass = images.sum(dim=(1, 2, 3))
    rows, columns = (images.sum(dim=(1, axis)) @ places / mass for axis in (3, 2))
    return torch.stack((rows, columns), dim=1)


@pytest.mark.parametrize("seed", range(3))
def test_without_amounts_nothing_moves(seed: int) -> None:
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    torch.manual_seed(seed)
    torch.testing.assert_close(Warp(**STILL)(images), images.float(), atol=1e-2, rtol=0)


def test_values_stay_in_range_and_shape() -> None:
    warped = Warp(elastic=2.0)(torch.full((8, 1, 28, 28), 255, dtype=torch.uint8))
    assert warped.shape == (8, 1, 28, 28)
    assert warped.dtype == torch.float32
    assert 0 <= warped.min() <= warped.max() <= 255.001


@pytest.mark.parametrize(
    ("amounts", "least", "most"),
    [
        ({"shift": 3.0}, 2.0, 3.0),
        ({"degrees": 90.0}, 8.0, 9.9),
        ({"scale": 0.5}, 5.0, 14.0),
        ({"shear": 30.0}, 2.5, 4.1),
    ],
)
def test_amounts_are_in_pixels_degrees_and_shares(amounts: dict[str, float], least: float, most: float) -> None:
    """A spot 7 pixels off the centre moves at most as far as geometry says, and over many draws almost as far."""
    torch.manual_seed(0)
    images = spot(row=6, count=500)  # its centre is 7 pixels above that of the image
    moved = centre(Warp(**{**STILL, **amounts})(images)) - centre(images.float())
    farthest = moved.abs().max() if "degrees" not in amounts else moved.norm(dim=1).max()
    assert least < farthest < most


def test_elastic_displacements_are_in_pixels_and_smooth() -> None:
    torch.manual_seed(0)
    field = Warp(**STILL, elastic=1.0, knots=5)._field(400, torch.device("cpu")) * 14
    assert field[:, 0, 0].std() == pytest.approx(1.0, abs=0.1)  # at a knot
    assert (field[:, 1:] - field[:, :-1]).abs().max() < 2.0  # between neighbours


def test_each_image_goes_its_own_way_and_the_seed_decides() -> None:
    images = spot(count=6)
    torch.manual_seed(1)
    first = Warp(elastic=1.0)(images)
    torch.manual_seed(1)
    assert torch.equal(first, Warp(elastic=1.0)(images))
    torch.manual_seed(2)
    assert not torch.equal(first, Warp(elastic=1.0)(images))
    assert len({image.numpy().tobytes() for image in first}) == 6


def test_the_images_given_stay_as_they_are() -> None:
    images = spot(count=2)
    before = images.clone()
    Warp()(images)
    assert torch.equal(images, before)

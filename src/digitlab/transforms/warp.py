"""Move, turn, stretch and bend images, a whole batch at a time and each image in its own way."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample, interpolate

SIDE = 28  # pixels


class Warp(nn.Module):
    """Draws a random affine map, and if asked a smooth field of displacements, for each image of a batch.

    All numbers come from torch's default generator of the images' device, which is seeded for each step: the same
    seed, epoch and step warp alike. One bilinear look-up does both; what comes from outside the image is paper.

    Args:
        degrees: Largest turn to either side, in degrees.
        scale: Largest relative change of width and of height, each drawn by itself, in [0, 1).
        shear: Largest slant to either side, in degrees below 90.
        shift: Largest shift along each axis, in pixels.
        elastic: Standard deviation of the displacements at the knots of the field, in pixels; 0 leaves the field out.
        knots: Knots of the field along each axis, between which it is interpolated bicubically; fewer bend more widely.

    References:
        Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to Visual Document
        Analysis", 2003, for elastic distortions. Theirs blur noise of each pixel; a coarse field is as smooth and
        costs a tenth.
    """

    def __init__(
        self,
        degrees: float = 10.0,
        scale: float = 0.1,
        shear: float = 10.0,
        shift: float = 2.0,
        elastic: float = 0.0,
        knots: int = 7,
    ) -> None:
        super().__init__()
        self.degrees, self.scale, self.shear, self.shift = degrees, scale, shear, shift
        self.elastic, self.knots = elastic, knots

    def forward(self, images: Tensor) -> Tensor:
        """Return float32 `(B, 1, 28, 28)` in [0, 255] for uint8 images of the same shape."""
        grid = affine_grid(self._maps(len(images), images.device), list(images.shape), align_corners=False)
        if self.elastic:
            grid = grid + self._field(len(images), images.device)
        return grid_sample(images.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=False)

    def _maps(self, count: int, device: torch.device) -> Tensor:
        """Return `(B, 2, 3)`: from places of the result to places of the image, both in [-1, 1]."""

        def uniform(largest: float) -> Tensor:
            return torch.empty(count, device=device).uniform_(-largest, largest)

        turn, slant = uniform(math.radians(self.degrees)), uniform(math.radians(self.shear)).tan()
        width, height = 1 + uniform(self.scale), 1 + uniform(self.scale)
        right, down = uniform(self.shift * 2 / SIDE), uniform(self.shift * 2 / SIDE)
        cos, sin = turn.cos(), turn.sin()
        upper = torch.stack((cos * width, (cos * slant - sin) * height, right), dim=1)
        lower = torch.stack((sin * width, (sin * slant + cos) * height, down), dim=1)
        return torch.stack((upper, lower), dim=1)

    def _field(self, count: int, device: torch.device) -> Tensor:
        """Return displacements `(B, 28, 28, 2)` in units of half an image."""
        knots = torch.empty(count, 2, self.knots, self.knots, device=device).normal_(std=self.elastic * 2 / SIDE)
        return interpolate(knots, size=(SIDE, SIDE), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)

"""From bytes to the zero-centred floats that networks learn from, a whole batch at a time."""

import torch
from torch import Tensor, nn


def normalize(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Return `(images / 255 - mean) / std`, bit for bit what torchvision's ToTensor + Normalize give.

    The order of the three operations, and float32 for each, is what makes the bits equal: folding them into
    one multiply-add is faster by little and rounds differently.

    Args:
        images: uint8, or float32 in [0, 255], any shape.
        mean: float32 scalar tensor on the device of the images, in [0, 1].
        std: float32 scalar tensor on the device of the images, above 0.

    Returns:
        float32 of the same shape.
    """
    return images.div(255).sub_(mean).div_(std)


class Normalize(nn.Module):
    """`normalize` with its statistics kept as buffers, so that they move with the module.

    The buffers are not persistent: the numbers live in the hyper-parameters, and a second copy in the
    state dict could disagree with them.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32), persistent=False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return float32 images for images of any shape with values in 0..255."""
        return normalize(images, self.mean, self.std)

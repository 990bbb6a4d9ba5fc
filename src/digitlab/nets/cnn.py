"""The small convolutional network: three blocks, global average pooling, a small head."""

from collections.abc import Sequence

from torch import Tensor, nn

from digitlab.nets.activations import new_activation
from digitlab.nets.initialisation import initialise
from digitlab.nets.normalisation import norm_layers
from digitlab.nets.pooling import GlobalAverage, MaxPool


class CNN(nn.Module):
    """Three 3x3 convolution blocks, the first two pooled, then a global average and two linear layers.

    With the defaults 102,026 parameters, 7.5 million multiply-adds per image. Works on any image of at least
    4x4 pixels, since the average pooling is global.

    A block pools before it rectifies, the lesson after: the largest of four stays the largest, so values and gradients
    are the same to the bit, and there is a quarter to rectify. That holds for every activation that never falls; gelu
    and silu do, and pooling first is then another network than pooling last.

    Args:
        num_classes: Number of logits.
        channels: Output channels of the three blocks.
        hidden_size: Width of the linear layer between the pooled features and the logits.
        dropout: Share of that layer's activations zeroed while training, in [0, 1). 0.5 is the lesson's.
        activation: A key of `digitlab.nets.activations.ACTIVATIONS`.
        norm: "batch", as in the lesson, or `None`.
        init: "torch", "kaiming" or "xavier"; see `digitlab.nets.initialisation`.
    """

    def __init__(
        self,
        num_classes: int = 10,
        channels: Sequence[int] = (32, 64, 128),
        hidden_size: int = 64,
        dropout: float = 0.5,
        activation: str = "relu",
        norm: str | None = "batch",
        init: str = "torch",
    ) -> None:
        super().__init__()
        first, second, third = channels
        self.features = nn.Sequential(  # (B, 1, 28, 28)
            nn.Conv2d(1, first, kernel_size=3, padding=1),
            *norm_layers(norm, first, images=True),
            MaxPool(2),  # (B, 32, 14, 14)
            new_activation(activation),
            nn.Conv2d(first, second, kernel_size=3, padding=1),
            *norm_layers(norm, second, images=True),
            MaxPool(2),  # (B, 64, 7, 7)
            new_activation(activation),
            nn.Conv2d(second, third, kernel_size=3, padding=1),
            *norm_layers(norm, third, images=True),
            new_activation(activation),  # (B, 128, 7, 7)
        )
        self.head = nn.Sequential(
            GlobalAverage(),  # (B, 128, 1, 1)
            nn.Flatten(),  # (B, 128)
            nn.Linear(third, hidden_size),
            new_activation(activation),
            nn.Dropout(dropout),
            nn.Linear(hidden_size, num_classes),
        )
        initialise(self, init, activation)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for normalised images `(B, 1, H, W)`."""
        return self.head(self.features(images))

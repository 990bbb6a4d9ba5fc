"""A small residual network, and with `residual=False` the plain one with the same parameters."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import pad

from digitlab.nets.activations import new_activation
from digitlab.nets.initialisation import initialise
from digitlab.nets.layout import keep_layout
from digitlab.nets.normalisation import norm_layers
from digitlab.nets.pooling import GlobalAverage

STAGES = 3  # of images of 28, 14 and 7 pixels


class ResNet(nn.Module):
    """A 3x3 convolution, three stages of blocks of two, a global average and a linear head.

    With the defaults 269,434 parameters, 31 million multiply-adds per image. The shortcuts have no parameters, also
    where the image is halved and the channels doubled, so nets with and without them are compared at equal size: every
    weight has its counterpart, and the same seed gives it the same first value.

    Args:
        num_classes: Number of logits.
        depth: Layers with weights on the way through, 6 n + 2: 8, 14, 20, 26, 32, 44, 56; n blocks in each stage. 20 is
            the smallest of the paper's.
        channels: Of the three stages. (16, 32, 64) is the paper's.
        residual: Whether a block adds what it gets to what it gives.
        activation: A key of `digitlab.nets.activations.ACTIVATIONS`.
        norm: "batch", or `None`; the convolutions then have biases in its place.
        init: "torch", "kaiming" or "xavier"; see `digitlab.nets.initialisation`.

    Raises:
        ValueError: If `depth` is not 6 n + 2 with n of at least 1.

    References:
        He and others, "Deep Residual Learning for Image Recognition", 2016, section 4.2 with shortcuts of kind A.
    """

    def __init__(
        self,
        num_classes: int = 10,
        depth: int = 20,
        channels: Sequence[int] = (16, 32, 64),
        residual: bool = True,
        activation: str = "relu",
        norm: str | None = "batch",
        init: str = "torch",
    ) -> None:
        super().__init__()
        blocks, rest = divmod(depth - 2, 2 * STAGES)
        if rest or blocks < 1:
            raise ValueError(f"depth must be 6 n + 2, as 8, 14, 20 or 56, got {depth}")
        width = channels[0]
        layers: list[nn.Module] = [
            _convolution(1, width, 1, norm),
            *norm_layers(norm, width, images=True),
            new_activation(activation),
        ]
        for stage, outputs in enumerate(channels):
            for number in range(blocks):
                stride = 2 if stage > 0 and number == 0 else 1
                layers.append(Block(width, outputs, stride, residual, activation, norm))
                width = outputs
        self.features = nn.Sequential(*layers)  # (B, 64, 7, 7)
        self.head = nn.Sequential(GlobalAverage(), nn.Flatten(), nn.Linear(width, num_classes))
        initialise(self, init, activation)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for normalised images `(B, 1, H, W)`."""
        return self.head(self.features(images))


class Block(nn.Module):
    """Two convolutions; what comes in is added before the last activation.

    Args:
        inputs: Channels of what comes in.
        outputs: Channels of what goes out.
        stride: Of the first convolution; 2 halves the image.
        residual: Whether to add.
        activation: By name.
        norm: By name, or `None`.
    """

    def __init__(
        self, inputs: int, outputs: int, stride: int, residual: bool, activation: str, norm: str | None
    ) -> None:
        super().__init__()
        self.stride, self.added = stride, outputs - inputs
        self.residual = residual
        self.body = nn.Sequential(
            _convolution(inputs, outputs, stride, norm),
            *norm_layers(norm, outputs, images=True),
            new_activation(activation),
            _convolution(outputs, outputs, 1, norm),
            *norm_layers(norm, outputs, images=True),
        )
        self.activation = new_activation(activation)

    def forward(self, images: Tensor) -> Tensor:
        """Return `(B, outputs, H // stride, W // stride)`, rounded up, for `images` `(B, inputs, H, W)`."""
        features = self.body(images)
        return self.activation(features + self.shortcut(images) if self.residual else features)

    def extra_repr(self) -> str:
        """Return what tells one block from another when its network is printed."""
        return f"stride={self.stride}, residual={self.residual}"

    def shortcut(self, images: Tensor) -> Tensor:
        """Return every `stride`-th pixel; channels of zeros are put behind, or the last left out, as many go out."""
        if self.stride > 1:
            images = keep_layout(images)[:, :, :: self.stride, :: self.stride]
        return pad(images, (0, 0, 0, 0, 0, self.added)) if self.added else images


def _convolution(inputs: int, outputs: int, stride: int, norm: str | None) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=norm is None)  # the norm has one

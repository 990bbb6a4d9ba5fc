"""A convolutional network in stages, each of which halves the image: as a fast one, and as an accurate one."""

from collections.abc import Sequence

from torch import Tensor, nn

from digitlab.nets.layout import keep_layout
from digitlab.nets.pooling import MaxPool

SIDE = 28  # pixels
KERNEL_SIZE = 3  # of all convolutions but the first


class StagedCNN(nn.Module):
    """Stages of convolutions, each pooled at its end, and a linear head.

    A stage pools before it normalises and rectifies: both keep the order of values (normalisation with a positive
    scale), so the largest stays the largest, and they work on a quarter of the pixels. With the defaults 289,642
    parameters, 22.3 million multiply-adds per image.

    Args:
        num_classes: Number of logits.
        channels: Output channels of each stage.
        depths: Convolutions of each stage.
        kernel_size: Side of the first kernel, odd; all others are 3. A single grey channel makes it cheap, and 5 sees
            strokes from the start.
        padding: "same" keeps the size of the image in a convolution; "valid" loses its edge, where digits have none of
            their ink, and is faster.
        hidden_size: Width of a linear layer before the logits; 0 leaves it out.
        dropout: Share of the features in front of the logits zeroed while training, in [0, 1).

    Raises:
        ValueError: If an image of 28x28 has no pixels left after the last stage, or the lengths of `channels` and
            `depths` differ.

    References:
        Simonyan and Zisserman, "Very Deep Convolutional Networks", 2015, for stages of 3x3 kernels.
    """

    def __init__(
        self,
        num_classes: int = 10,
        channels: Sequence[int] = (32, 64, 128),
        depths: Sequence[int] = (1, 2, 2),
        kernel_size: int = 5,
        padding: str = "same",
        hidden_size: int = 0,
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for outputs, depth in zip(channels, depths, strict=True):
            for number in range(1, depth + 1):
                size = KERNEL_SIZE if layers else kernel_size
                layers.append(nn.Conv2d(inputs, outputs, size, padding=padding, bias=False))  # the norm has one
                if number == depth:
                    layers.append(MaxPool(2))
                layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
        self.features = nn.Sequential(*layers)
        head: list[nn.Module] = [nn.Flatten()]
        side = side_left(depths, kernel_size, padding)
        if side < 1:
            raise ValueError(
                f"channels={list(channels)} and depths={list(depths)} leave no pixel of a 28x28 image; use fewer "
                "stages, or shallower ones with padding=same"
            )
        width = channels[-1] * side * side
        if hidden_size:
            head += [nn.Linear(width, hidden_size), nn.ReLU()]
            width = hidden_size
        self.head = nn.Sequential(*head, nn.Dropout(dropout), nn.Linear(width, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for normalised images `(B, 1, 28, 28)`."""
        return self.head(keep_layout(self.features(images)))


def side_left(depths: Sequence[int], kernel_size: int, padding: str) -> int:
    """Return the side of what is left of a 28x28 image after the last stage; below 1 there is nothing left.

    Args:
        depths: Convolutions of each stage, which ends with a pooling that halves the image.
        kernel_size: Side of the very first kernel.
        padding: "same" keeps the size of the image in a convolution, "valid" loses its edge.
    """
    side = SIDE
    for stage, depth in enumerate(depths):
        if padding == "valid":
            first = kernel_size if stage == 0 else KERNEL_SIZE
            side -= first - 1 + (depth - 1) * (KERNEL_SIZE - 1)
        side //= 2
    return side

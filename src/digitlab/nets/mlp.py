"""The multilayer perceptron: the network that sees an image as a flat list of numbers."""

from collections.abc import Sequence

from torch import Tensor, nn


class MLP(nn.Module):
    """Fully connected network: (linear, batch norm, ReLU, dropout) per hidden layer, then a linear head.

    784-[256, 128]-10 has 235,914 parameters, 0.24 million multiply-adds per image.

    Args:
        input_size: Values per image; 784 = 28 x 28 x 1.
        hidden_sizes: Width of each hidden layer, first to last. (256, 128) is the lesson's; an empty sequence
            gives plain softmax regression.
        num_classes: Number of logits.
        dropout: Share of hidden activations zeroed while training, in [0, 1). 0.3 is the lesson's.
    """

    def __init__(
        self,
        input_size: int = 784,
        hidden_sizes: Sequence[int] = (256, 128),
        num_classes: int = 10,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        width = input_size
        for hidden_size in hidden_sizes:
            layers += [
                nn.Linear(width, hidden_size),
                nn.BatchNorm1d(hidden_size),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
            width = hidden_size
        layers.append(nn.Linear(width, num_classes))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for normalised images `(B, 1, 28, 28)`."""
        return self.layers(images)

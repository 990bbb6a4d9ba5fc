"""The multilayer perceptron: the network that sees an image as a flat list of numbers."""

from collections.abc import Sequence

from torch import Tensor, nn

from digitlab.nets.activations import new_activation
from digitlab.nets.initialisation import initialise
from digitlab.nets.normalisation import norm_layers
from digitlab.nets.residual import Residual


class MLP(nn.Module):
    """Fully connected network: (linear, batch norm, activation, dropout) per hidden layer, then a linear head.

    784-[256, 128]-10 has 235,914 parameters, 0.24 million multiply-adds per image.

    Args:
        input_size: Values per image; 784 = 28 x 28 x 1.
        hidden_sizes: Width of each hidden layer, first to last. (256, 128) is the lesson's; an empty sequence
            gives plain softmax regression.
        num_classes: Number of logits.
        dropout: Share of hidden activations zeroed while training, in [0, 1). 0.3 is the lesson's.
        activation: A key of `digitlab.nets.activations.ACTIVATIONS`.
        norm: "batch", as in the lesson, or `None`.
        init: "torch", "kaiming" or "xavier"; see `digitlab.nets.initialisation`.
        residual: Whether a hidden layer as wide as the one before adds what it gets to what it gives.
    """

    def __init__(
        self,
        input_size: int = 784,
        hidden_sizes: Sequence[int] = (256, 128),
        num_classes: int = 10,
        dropout: float = 0.3,
        activation: str = "relu",
        norm: str | None = "batch",
        init: str = "torch",
        residual: bool = False,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        width = input_size
        for hidden_size in hidden_sizes:
            block = [
                nn.Linear(width, hidden_size),
                *norm_layers(norm, hidden_size),
                new_activation(activation),
                nn.Dropout(dropout),
            ]
            layers += [Residual(nn.Sequential(*block))] if residual and hidden_size == width else block
            width = hidden_size
        layers.append(nn.Linear(width, num_classes))
        self.layers = nn.Sequential(*layers)
        initialise(self, init, activation)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for normalised images `(B, 1, 28, 28)`."""
        return self.layers(images)

"""Healthy networks as tutorials write them: no batch norm, no dropout, torch's own initial weights."""

from collections.abc import Sequence

from torch import Tensor, nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
}


class PlainMLP(nn.Module):
    """Linear layers with an activation between them.

    Args:
        hidden_sizes: Width of each hidden layer.
        num_classes: Number of logits.
        activation: A key of `ACTIVATIONS`.
        gain: What a layer multiplies the size of its signal with at first, half of which a ReLU takes away: the
            deviation of its weights times the root of its inputs. `None` for torch's 0.58.
        bias: Whether layers have one.
    """

    def __init__(
        self,
        hidden_sizes: Sequence[int] = (128, 64),
        num_classes: int = 10,
        activation: str = "relu",
        gain: float | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        width = 784
        for hidden_size in hidden_sizes:
            layers += [nn.Linear(width, hidden_size, bias=bias), ACTIVATIONS[activation]()]
            width = hidden_size
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, num_classes, bias=bias)
        for layer in self.modules():
            if gain is not None and isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=gain / layer.in_features**0.5)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for images `(B, 1, 28, 28)`."""
        return self.head(self.body(images))


class PlainCNN(nn.Module):
    """Two convolutions, each pooled, and a hidden layer.

    Args:
        channels: Of the two convolutions.
        hidden_size: Width of the linear layer before the logits.
        num_classes: Number of logits.
        activation: A key of `ACTIVATIONS`.
        bias: Whether layers have one.
    """

    def __init__(
        self,
        channels: Sequence[int] = (8, 16),
        hidden_size: int = 64,
        num_classes: int = 10,
        activation: str = "relu",
        bias: bool = True,
    ) -> None:
        super().__init__()
        first, second = channels
        self.body = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1, bias=bias),
            ACTIVATIONS[activation](),
            nn.MaxPool2d(2),  # (B, 8, 14, 14)
            nn.Conv2d(first, second, 3, padding=1, bias=bias),
            ACTIVATIONS[activation](),
            nn.MaxPool2d(2),  # (B, 16, 7, 7)
            nn.Flatten(),
            nn.Linear(second * 49, hidden_size, bias=bias),
            ACTIVATIONS[activation](),
        )
        self.head = nn.Linear(hidden_size, num_classes, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for images `(B, 1, 28, 28)`."""
        return self.head(self.body(images))


def plain_net(kind: str, num_classes: int = 10, **arguments: object) -> nn.Module:
    """Return the network called "mlp" or "cnn"."""
    return {"mlp": PlainMLP, "cnn": PlainCNN}[kind](num_classes=num_classes, **arguments)  # type: ignore[arg-type]

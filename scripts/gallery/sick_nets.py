"""Networks with a fault, each around a plain one: what stands in `model` of a fault's overrides."""

import random
import time

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, dropout

from gallery.nets import plain_net

SQUASHES = {
    "softmax": nn.Softmax(dim=1),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "log_softmax": nn.LogSoftmax(dim=1),
}


class Squashed(nn.Module):
    """Its logits go through one more activation before they reach the loss.

    Args:
        kind: "mlp" or "cnn".
        by: A key of `SQUASHES`.
    """

    def __init__(self, kind: str, by: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net, self.last = plain_net(kind, num_classes), SQUASHES[by]

    def forward(self, images: Tensor) -> Tensor:
        """Return squashed logits `(B, num_classes)`."""
        return self.last(self.net(images))


class Initialised(nn.Module):
    """Its weights begin where they should not.

    Args:
        kind: "mlp" or "cnn".
        way: "zero" for all zeros, "constant" for one number in all weights, "large" for a standard normal
            distribution, "dead" for biases of -20, below which no unit ever rises.
    """

    def __init__(self, kind: str, way: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)
        layers = [layer for layer in self.net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
        for layer in layers:
            if way == "zero":
                nn.init.zeros_(layer.weight)
            elif way == "constant":
                nn.init.constant_(layer.weight, 0.01)
            elif way == "large":
                nn.init.normal_(layer.weight)
            assert layer.bias is not None
            nn.init.constant_(layer.bias, -20.0 if way == "dead" and layer is not layers[-1] else 0.0)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`."""
        return self.net(images)


class Detached(nn.Module):
    """Its features leave the graph before the head: `.detach()` where nobody looks."""

    def __init__(self, kind: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` through which no gradient reaches the body."""
        return self.net.head(self.net.body(images).detach())


class Frozen(nn.Module):
    """Its body is frozen, as for transfer, but was never trained."""

    def __init__(self, kind: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)
        self.net.body.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`."""
        return self.net(images)


class Listed(nn.Module):
    """Its hidden layers stand in a Python list, so nobody knows of their parameters."""

    def __init__(self, width: int = 32, depth: int = 4, num_classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Linear(784, width)
        self.hidden = [nn.Linear(width, width) for _ in range(depth)]
        self.last = nn.Linear(width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`."""
        features = torch.relu(self.first(images.flatten(1)))
        for layer in self.hidden:
            features = torch.relu(layer(features))
        return self.last(features)


class Mixing(nn.Module):
    """Takes `view` for `permute`: each of its rows has pixels of several images.

    The batch comes last, as some libraries have it, and is flattened as if it came first.
    """

    def __init__(self, kind: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`, each of pixels from all over the batch."""
        batch_last = images.permute(1, 2, 3, 0).contiguous()
        return self.net(batch_last.view(images.shape))


class Pooled(nn.Module):
    """Pools first and nearly everything: four numbers of an image remain."""

    def __init__(self, kind: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`."""
        return self.net(adaptive_avg_pool2d(images, 2).repeat_interleave(14, dim=2).repeat_interleave(14, dim=3))


class AlwaysDropout(nn.Module):
    """Calls `dropout` without saying whether it trains, so it drops in evaluation, too."""

    def __init__(self, kind: str, share: float = 0.6, num_classes: int = 10) -> None:
        super().__init__()
        self.net, self.share = plain_net(kind, num_classes), share

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`, others at each call."""
        return self.net.head(dropout(self.net.body(images), self.share))


class Unseeded(nn.Module):
    """Adds noise from a generator that is seeded by the clock while it trains."""

    def __init__(self, kind: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)
        self.random = random.Random(time.time_ns())

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`."""
        if self.training:
            generator = torch.Generator().manual_seed(self.random.getrandbits(32))
            images = images + 0.1 * torch.randn(images.shape, generator=generator)
        return self.net(images)


class Standardised(nn.Module):
    """Takes each row of an image to mean 0 and deviation 1; a blank row has no deviation, and 0 / 0 is no number."""

    def __init__(self, kind: str, num_classes: int = 10) -> None:
        super().__init__()
        self.net = plain_net(kind, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)`, none of them finite."""
        return self.net((images - images.mean(3, keepdim=True)) / images.std(3, keepdim=True))

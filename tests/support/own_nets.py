"""Networks as other people write them, for the tests of transfer learning."""

from torch import Tensor, nn
from torch.nn.functional import dropout, relu


class Backwards(nn.Module):
    """Defines its head first, and an auxiliary one last; has batch normalisation, and dropout that is no layer."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.fc = nn.Linear(8, num_classes)
        self.embed = nn.Linear(784, 8)
        self.norm = nn.BatchNorm1d(8)
        self.norm.weight.requires_grad_(False)  # its author's wish
        self.auxiliary = nn.Linear(8, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.embed(images.flatten(1))))
        self.auxiliary(features)
        return self.fc(dropout(features, 0.5, training=self.training))


class Convolved(nn.Module):
    """Gives its logits by a convolution, behind a linear layer."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.embed, self.last = nn.Linear(784, 8), nn.Conv2d(8, num_classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.embed(images.flatten(1))[..., None, None]).flatten(1)

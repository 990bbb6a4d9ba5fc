"""A residual connection around layers that keep the shape of what they get."""

from torch import Tensor, nn


class Residual(nn.Module):
    """`x + block(x)`: the gradient has a way past the block on which nothing makes it smaller.

    Args:
        block: Gives what it gets in the same shape.

    References:
        He and others, "Deep Residual Learning for Image Recognition", 2016.
    """

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, features: Tensor) -> Tensor:
        """Return `features`, of any shape, and what the block makes of them, added."""
        return features + self.block(features)

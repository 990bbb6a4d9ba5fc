"""How far stages of convolutions shrink an image: light, so that too many are refused before torch is loaded."""

from collections.abc import Sequence

SIDE = 28  # pixels
KERNEL_SIZE = 3  # of all convolutions but the first


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

"""Normalisation layers by name; `None` is none."""

from torch import nn

NORMS = ("batch",)


def norm_layers(norm: str | None, width: int, images: bool = False) -> list[nn.Module]:
    """Return the layers that normalise, to be put into a list of layers: one, or none.

    Args:
        norm: "batch", or `None` for no normalisation.
        width: Features, or channels of images.
        images: Whether they are images `(B, C, H, W)`, and not features `(B, C)`.

    Raises:
        ValueError: If there is no such normalisation.
    """
    if norm is None:
        return []
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)} or null, got {norm}")
    return [nn.BatchNorm2d(width) if images else nn.BatchNorm1d(width)]

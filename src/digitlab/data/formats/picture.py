"""Any picture file into 28x28 bytes, 0 for paper and 255 for ink."""

from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

SIDE = 28
DRAFT = (
    4 * SIDE
)  # a JPEG of any size is decoded at the smallest scale that is at least this large: photos, six times faster
MIDDLE = 127  # grey levels above are bright
DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N")  # modes of 16 bits

Invert = bool | Literal["auto"]


def read_picture(path: Path, invert: Invert = "auto") -> np.ndarray:
    """Return uint8 `(28, 28)`.

    Colours become grey, what is transparent becomes paper, photographs are turned as the camera was held. The longer
    side is scaled to 28, and the picture stands in the middle of paper as bright as its rim. A grey picture of 28x28
    comes as it is.

    Args:
        path: Of a picture in any format that Pillow reads.
        invert: Whether to swap bright and dark; networks here learn bright ink on dark paper, as MNIST has it. "auto"
            does if the picture's rim is bright.

    Raises:
        Exception: Whatever Pillow makes of bytes that are no picture.
    """
    with Image.open(path) as image:
        image.draft(None, (DRAFT, DRAFT))
        grey = _grey(ImageOps.exif_transpose(image))
    paper = int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    if invert is True or (invert == "auto" and paper > MIDDLE):
        grey, paper = 255 - grey, 255 - paper
    return _fit(grey, paper)


def _grey(image: Image.Image) -> np.ndarray:
    """Return uint8 `(height, width)`."""
    if image.mode in DEEP:
        return (np.asarray(image).clip(0, 65535) // 257).astype(np.uint8)
    if not image.has_transparency_data:
        return np.asarray(image.convert("L"))
    colours = image.convert("RGBA")
    alpha, grey = np.asarray(colours)[..., 3].astype(np.uint32), np.asarray(colours.convert("L")).astype(np.uint32)
    dark = (grey * alpha).sum() <= MIDDLE * alpha.sum()
    paper = 255 if dark else 0  # what can be seen must stand out from it
    return ((grey * alpha + paper * (255 - alpha) + 127) // 255).astype(np.uint8)


def _fit(grey: np.ndarray, paper: int) -> np.ndarray:
    """Return uint8 `(28, 28)`: scaled to fit and set in the middle of paper."""
    height, width = grey.shape
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size != (width, height):
        grey = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR))
    if size == (SIDE, SIDE):
        return grey
    fitted = np.full((SIDE, SIDE), paper, dtype=np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    fitted[top : top + size[1], left : left + size[0]] = grey
    return fitted

"""Any picture file into 28x28 bytes, 0 for paper and 255 for ink; the only place where pictures are opened."""

import contextlib
import threading
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from digitlab.data.formats.grey import MIDDLE, grey_levels
from digitlab.data.formats.picture_formats import FORMATS
from digitlab.system.regular_files import open_regular

SIDE = 28
DRAFT = 4 * SIDE  # a JPEG is decoded at the smallest scale that is at least this large: photos, six times faster
MOST_BYTES = 241_000_000  # for a picture while it is decoded: 40 million pixels, and a strip of a TIFF
BYTES_A_PIXEL = 6  # Pillow's four, a grey level and an alpha
BYTES_OF_WEBP = 16  # two more copies, and what its library keeps
TIFF_WIDTH, TIFF_ROWS, TIFF_TILE, TIFF_BITS, TIFF_SAMPLES = 322, 278, 323, 258, 277  # tags
SMALL_BYTES = 24_000_000  # what each thread may take at the same time
ORIENTATION = 0x0112  # of EXIF: how the camera was held
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Invert = bool | Literal["auto"]

_one_large_at_a_time = threading.Lock()
# In pieces of Pillow's usual 16 MiB, glibc keeps the memory of a large picture for each thread that decoded one.
Image.core.set_block_size(256 * 2**20)  # type: ignore[attr-defined]
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # of what is refused here anyway


def read_picture(path: Path, invert: Invert = "auto") -> np.ndarray:
    """Return uint8 `(28, 28)`.

    Colours become grey, what is transparent becomes paper, photographs are turned as the camera was held. The longer
    side is scaled to 28, and the picture stands in the middle of paper as bright as its rim. A grey picture of 28x28
    comes as it is. Of several frames or pages the first is read.

    Args:
        path: Of a picture in one of `FORMATS`, whatever its name.
        invert: Whether to swap bright and dark; networks here learn bright ink on dark paper, as MNIST has it. "auto"
            does if the picture's rim is bright.

    Raises:
        OSError: If it is no regular file.
        ValueError: If it is of another format, too large, or without grey levels.
        Exception: Whatever Pillow makes of bytes that are no picture.
    """
    with open_regular(path) as file:
        try:
            image = Image.open(file, formats=list(FORMATS))
        except UnidentifiedImageError:
            raise ValueError(f"it is none of {', '.join(FORMATS)}") from None
        with image:
            needed = _check_size(image)
            with _one_large_at_a_time if needed > SMALL_BYTES else contextlib.nullcontext():  # until it is small
                framed = _framed(_upright(image), invert)
                image.close()  # and gives its memory back
                return framed


def _upright(image: Image.Image) -> np.ndarray:
    """Return grey levels, uint8 `(height, width)`, turned as the camera was held."""
    grey = grey_levels(image)
    turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    return grey if turn is None else np.asarray(Image.fromarray(grey).transpose(turn))


def _framed(grey: np.ndarray, invert: Invert) -> np.ndarray:
    """Return uint8 `(28, 28)` with bright ink on dark paper, as far as `invert` says."""
    paper = int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    if invert is True or (invert == "auto" and paper > MIDDLE):
        grey, paper = 255 - grey, 255 - paper
    return _fit(grey, paper)


def _check_size(image: Image.Image) -> int:
    """Return how many bytes it takes to decode a picture; a JPEG is set to be decoded at a small scale.

    Raises:
        ValueError: If they are too many. A file of some kilobytes can say that it has any number of pixels.
    """
    whole = image.width * image.height
    image.draft(None, (DRAFT, DRAFT))
    held = whole if image.info.get("progressive") else image.width * image.height
    needed = held * (BYTES_OF_WEBP if image.format == "WEBP" else BYTES_A_PIXEL) + _strip_bytes(image)
    if needed > MOST_BYTES:
        most = MOST_BYTES * held // needed
        raise ValueError(f"it has {whole:,} pixels, and at most {most:,} are decoded; make it smaller")
    return needed


def _strip_bytes(image: Image.Image) -> int:
    """Return the bytes of a strip or tile of a compressed TIFF, each of which is unpacked whole; else 0."""
    if not any(tile[0] == "libtiff" for tile in getattr(image, "tile", ())):
        return 0
    tags: dict[int, Any] = image.tag_v2  # type: ignore[attr-defined]
    rows = tags.get(TIFF_TILE) or min(tags.get(TIFF_ROWS, image.height), image.height)
    bits = tags.get(TIFF_BITS, (1,))
    pixel = max(max(bits) * max(len(bits), tags.get(TIFF_SAMPLES, 1)), 8)
    return int(tags.get(TIFF_WIDTH, image.width) * rows * pixel // 8)


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

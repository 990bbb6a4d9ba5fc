"""Pixels of any of Pillow's modes into grey levels of 8 bits, 0 black and 255 white.

Worked on in bands of rows, so that beside the picture itself only one or two bytes a pixel are needed.
"""

from collections.abc import Iterator
from mmap import mmap

import numpy as np
from PIL import Image

BAND = 2**16  # pixels: its numbers fit a core's cache, and what each thread keeps of them is small
LARGE = 2**20  # bytes
MIDDLE = 127  # grey levels above are bright
WHOLE = ("I", "I;16", "I;16L", "I;16B", "I;16N")  # modes of whole numbers of more than 8 bits
REAL = "F"
BITS = (8, 10, 12, 14, 16)  # of what cameras and scanners store in 16
BRIGHTEST = 2**16 - 1
WHITE_IS_ZERO = 0  # of TIFF's tag 262; Pillow obeys it for 8 bits only
LEAST_OF_REAL = 16  # real numbers from 1 up to fewer are of no scale that is known
LEAST_OF_COLOUR = 64  # of 255, for a greatest value: 16 bits that hold 14 or fewer end below it

Bands = Iterator[tuple[slice, Image.Image]]


def grey_levels(image: Image.Image) -> np.ndarray:
    """Return uint8 `(height, width)`; what is transparent becomes paper, from which the ink stands out.

    Numbers of more than 8 bits are scaled by what the picture holds: 12 bits are often stored in 16, and real numbers
    lie in 0..1 or in 0..255.

    Raises:
        ValueError: If the values cannot be told to be grey levels.
    """
    colours_of_16_bits = len(image.getbands()) > 1 and any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))
    image.load()
    if colours_of_16_bits:
        _check_colours(image)
    if image.mode in WHOLE or image.mode == REAL:
        grey, alpha = _scaled(image)
    elif image.has_transparency_data:
        grey, alpha = _with_alpha(image)
    else:
        grey, alpha = _opaque(image), None
    return grey if alpha is None else _on_paper(grey, alpha)


def _bands(image: Image.Image) -> Bands:
    """Yield parts of the picture with the rows that they are."""
    width, height = image.size
    step = max(1, BAND // width)
    if step >= height:
        yield slice(height), image
        return
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield slice(top, bottom), image.crop((0, top, width, bottom))


def _empty(image: Image.Image) -> np.ndarray:
    """Return memory for grey levels; that of a large picture is no allocator's, which would keep it for each thread."""
    size = image.height * image.width
    memory = mmap(-1, size) if size > LARGE else bytearray(size)
    return np.frombuffer(memory, dtype=np.uint8).reshape(image.height, image.width)


def _check_colours(image: Image.Image) -> None:
    """Refuse colours of 16 bits, of which Pillow keeps the upper 8, if there is next to nothing in these."""
    if np.max(image.getextrema()) < LEAST_OF_COLOUR:
        raise ValueError("its colours have 16 bits and use 14 of them or fewer; save it with 8 bits, or in grey")


def _opaque(image: Image.Image) -> np.ndarray:
    grey = _empty(image)
    for rows, band in _bands(image):
        grey[rows] = np.asarray((band.convert("RGB") if band.mode == "LAB" else band).convert("L"))
    return grey


def _with_alpha(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    grey, alpha = _empty(image), _empty(image)
    for rows, band in _bands(image):
        colours = (band.convert("LA") if band.mode == "La" else band).convert("RGBA")
        grey[rows], alpha[rows] = np.asarray(colours.convert("L")), np.asarray(colours)[..., 3]
    return grey, alpha


def _on_paper(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return the grey levels on paper: white if most of what can be seen is dark."""
    step = max(1, BAND // grey.shape[1])
    parts = [slice(top, top + step) for top in range(0, len(grey), step)]
    ink = sum(int((grey[rows].astype(np.uint32) * alpha[rows]).sum(dtype=np.uint64)) for rows in parts)
    paper = 255 if ink <= MIDDLE * int(alpha.sum(dtype=np.uint64)) else 0
    for rows in parts:
        seen = alpha[rows].astype(np.uint32)
        grey[rows] = (grey[rows] * seen + paper * (255 - seen) + 127) // 255
    return grey


def _scaled(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the grey levels of numbers of more than 8 bits, and which can be seen if one value stands for none."""
    extremes = [(values.min(), values.max()) for values in (np.asarray(band) for _, band in _bands(image))]
    low, high = min(low for low, _ in extremes), max(high for _, high in extremes)
    ceiling = _ceiling(image, low, high)
    absent = image.info.get("transparency")
    grey, alpha = _empty(image), None if absent is None else _empty(image)
    for rows, band in _bands(image):
        values = np.asarray(band)
        grey[rows] = np.rint(values.astype(np.float64) * 255 / ceiling)
        if alpha is not None:
            alpha[rows] = np.where(values == absent, 0, 255)
    if getattr(image, "tag_v2", {}).get(262) == WHITE_IS_ZERO:
        np.subtract(255, grey, out=grey)
    return grey, alpha


def _ceiling(image: Image.Image, low: float, high: float) -> float:
    """Return the number that is white.

    Raises:
        ValueError: If none can be told.
    """
    if not (low >= 0 and high <= BRIGHTEST):  # nor if one of them is no number
        kind = "real" if image.mode == REAL else "whole"
        raise ValueError(f"mode {image.mode} with {kind} numbers in {low:g}..{high:g}; save it with 8 or 16 bits")
    if image.mode == REAL:
        if 1 < high < LEAST_OF_REAL:
            raise ValueError(f"mode {image.mode} with real numbers in 0..{high:g}; save it with 0..1, or 8 or 16 bits")
        return 1.0 if high <= 1 else next(float(2**bits - 1) for bits in BITS if high < 2**bits)
    if getattr(image, "tag_v2", {}).get(258) == (12,):  # the file says so
        return 2**12 - 1
    return next(2**bits - 1 for bits in BITS if high < 2**bits)

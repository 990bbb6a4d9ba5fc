"""Any picture becomes 28x28 bytes of bright ink on dark paper."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.data.formats.picture import read_picture
from support.pictures import noise

INK = np.zeros((28, 28), dtype=np.uint8)  # a digit, more or less
INK[6:22, 12:16] = 255


def saved(path: Path, picture: Image.Image | np.ndarray, **options: object) -> Path:
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(path, **options)
    return path


def test_a_grey_picture_of_28_comes_as_it_is(tmp_path: Path) -> None:
    values = noise(28, 28)
    for suffix in (".png", ".bmp", ".pgm", ".tif"):
        assert np.array_equal(read_picture(saved(tmp_path / f"x{suffix}", values), invert=False), values)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "CMYK", "LA", "RGBA", "I;16", "HSV"])
def test_ink_is_ink_in_every_mode(tmp_path: Path, mode: str) -> None:
    picture = Image.fromarray(INK)
    if mode == "I;16":
        picture = Image.fromarray(INK.astype(np.uint16) * 257)
    elif mode != "L":
        picture = picture.convert("RGB").convert(mode) if mode != "LA" else picture.convert("LA")
    path = tmp_path / ("x.tif" if mode in ("CMYK", "HSV") else "x.png")
    if mode == "HSV":
        picture, path = picture.convert("RGB"), tmp_path / "x.webp"
        picture.save(path, lossless=True)
    else:
        picture.save(path)
    assert np.abs(read_picture(path).astype(int) - INK).max() <= 1


@pytest.mark.parametrize(("dtype", "suffix"), [(np.uint16, ".png"), (np.uint16, ".tif"), (np.int32, ".tif")])
def test_sixteen_bits_become_eight(tmp_path: Path, dtype: type, suffix: str) -> None:
    values = noise(28, 28)
    path = saved(tmp_path / f"x{suffix}", values.astype(dtype) * 257)
    assert np.array_equal(read_picture(path, invert=False), values)


@pytest.mark.parametrize("ink", [0, 255])
def test_what_is_transparent_is_paper(tmp_path: Path, ink: int) -> None:
    """A drawing program keeps the ink in the alpha channel; the colour below may be one for all."""
    rgba = np.full((28, 28, 4), ink, dtype=np.uint8)
    rgba[..., 3] = INK
    assert np.array_equal(read_picture(saved(tmp_path / "x.png", rgba)), INK)


def test_a_transparent_colour_of_a_palette_is_paper(tmp_path: Path) -> None:
    picture = Image.fromarray((INK > 0).astype(np.uint8), mode=None).convert("P")
    picture.putpalette([255, 255, 255, 0, 0, 0])
    assert np.array_equal(read_picture(saved(tmp_path / "x.png", picture, transparency=0)), INK)


def test_bright_paper_is_swapped_if_it_shall_be(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.png", 255 - INK)
    assert np.array_equal(read_picture(path), INK)
    assert np.array_equal(read_picture(path, invert=True), INK)
    assert np.array_equal(read_picture(path, invert=False), 255 - INK)
    assert np.array_equal(read_picture(saved(tmp_path / "y.png", INK), invert=True), 255 - INK)


@pytest.mark.parametrize(
    ("height", "width"), [(280, 280), (14, 14), (100, 300), (300, 100), (1, 500), (1, 1), (29, 27)]
)
def test_any_size_fits_and_keeps_its_shape(tmp_path: Path, height: int, width: int) -> None:
    picture = np.full((height, width), 200, dtype=np.uint8)
    fitted = read_picture(saved(tmp_path / "x.png", picture), invert=False)
    assert fitted.shape == (28, 28)
    assert (fitted == 200).all()
    values = noise(height, width)
    values[0] = values[-1] = values[:, 0] = values[:, -1] = 0
    fitted = read_picture(saved(tmp_path / "y.png", values))
    if min(height, width) > 2:
        rows, columns = (np.flatnonzero(fitted.any(axis=axis)) for axis in (1, 0))
        spans = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        wanted = 28 * np.array([height, width]) / max(height, width)
        assert np.abs(spans - wanted).max() <= 4
        assert abs(rows.mean() - 13.5) <= 1
        assert abs(columns.mean() - 13.5) <= 1


def test_photographs_stand_upright_and_are_read_in_the_small(tmp_path: Path) -> None:
    large = np.kron(INK, np.ones((50, 50), dtype=np.uint8))
    large[: 5 * 50, : 5 * 50] = 255  # top left
    turned = Image.fromarray(np.rot90(large))
    exif = Image.Exif()
    exif[0x0112] = 6  # as the camera was held: turn it by 90 degrees to the right
    path = saved(tmp_path / "x.jpg", turned, exif=exif)
    seen = read_picture(path, invert=False).astype(int)
    small = read_picture(saved(tmp_path / "y.png", large), invert=False).astype(int)
    assert np.abs(seen - small).mean() < 3
    assert np.abs(np.rot90(seen) - small).mean() > 10

"""Any picture becomes 28x28 bytes of bright ink on dark paper."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.data.formats.picture import read_picture
from digitlab.data.formats.picture_formats import FORMATS
from digitlab.paths import PROJECT_ROOT
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


@pytest.mark.parametrize(("name", "suffixes"), FORMATS.items())
def test_every_promised_format_is_read_under_each_of_its_names(
    tmp_path: Path, name: str, suffixes: tuple[str, ...]
) -> None:
    mode = "F" if name == "PPM" else "L"
    for suffix in suffixes:
        picture = Image.fromarray(INK).convert(mode if suffix == ".pfm" else "1" if suffix == ".pbm" else "L")
        picture.save(tmp_path / f"x{suffix}", format=name, **({"quality": 100} if name in ("JPEG", "WEBP") else {}))
        assert np.abs(read_picture(tmp_path / f"x{suffix}").astype(int) - INK).max() <= 12


def test_the_first_of_several_frames_is_read(tmp_path: Path) -> None:
    first, second = Image.fromarray(INK), Image.fromarray(255 - INK)
    for suffix in (".gif", ".tif", ".apng", ".webp"):
        path = tmp_path / f"x{suffix}"
        lossless = {"lossless": True} if suffix == ".webp" else {}
        first.save(path, "PNG" if suffix == ".apng" else None, save_all=True, append_images=[second], **lossless)
        assert np.abs(read_picture(path, invert=False).astype(int) - INK).max() <= 2


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 28 28\n%%EndComments\n(%stdout) (w) file\nshowpage\n"
OTHER_FORMATS = {
    "PostScript": POSTSCRIPT,
    "PostScript in a DOS file": b"\xc5\xd0\xd3\xc6" + (30).to_bytes(4, "little") + bytes(22) + POSTSCRIPT,
    "Windows metafile": b"\xd7\xcd\xc6\x9a\x00\x00" + bytes(100),
    "Photoshop": b"8BPS" + bytes(100),
    "icon of a Mac": b"icns" + bytes(100),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "PDF": b"%PDF-1.7\n",
    "a web page": b"<!DOCTYPE html><html></html>",
    "nothing": b"",
    "text": b"no picture",
    "XPM": b"/* XPM */ static char *a[] = {};",
}


@pytest.mark.parametrize("content", OTHER_FORMATS.values(), ids=list(OTHER_FORMATS))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".gif"])
def test_no_other_format_is_opened_whatever_its_name(
    tmp_path: Path, suffix: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Popen", "run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, lambda *arguments, **options: pytest.fail("a program was started"))
    monkeypatch.setattr(os, "system", lambda *arguments: pytest.fail("a program was started"))
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^it is none of PNG, JPEG, GIF, BMP, TIFF, WEBP, PPM$"):
        read_picture(path)


def test_pictures_are_opened_in_one_place_and_with_the_list() -> None:
    opening = {path.name: text.count("Image.open(") for path in (PROJECT_ROOT / "src").rglob("*.py")
               if "Image.open(" in (text := path.read_text())}  # fmt: skip
    assert opening == {"picture.py": 1}


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_only_regular_files_are_opened(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "x.png")
    with pytest.raises(OSError, match=r"not a regular file"):
        read_picture(tmp_path / "x.png")


# Small files with very many pixels: how they are made, and whether they are refused.
LARGE = """
import sys
from pathlib import Path
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
kind, side, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
mode, suffix, options = {
    "LA png": ("LA", ".png", {}), "RGBA png": ("RGBA", ".png", {}), "L png": ("L", ".png", {}),
    "P gif": ("P", ".gif", {}), "1 tif": ("1", ".tif", {"compression": "group4"}),
    "RGB tif": ("RGB", ".tif", {"compression": "tiff_deflate"}), "RGB webp": ("RGB", ".webp", {"lossless": True}),
    "I;16 png": ("I;16", ".png", {}), "F tif": ("F", ".tif", {"compression": "tiff_deflate"}),
    "F strip tif": ("F", ".tif", {"compression": "tiff_deflate", "tiffinfo": {278: side}}),
    "progressive jpg": ("L", ".jpg", {"progressive": True}), "jpg": ("L", ".jpg", {}),
}[kind]
Image.new(mode, (side, side)).save(path.with_suffix(suffix), **options)
"""
READ = """
import re, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from digitlab.data.formats.picture import read_picture
from digitlab.data.formats.picture_formats import FORMATS
from digitlab.paths import PROJECT_ROOT
import PIL.PngImagePlugin, PIL.JpegImagePlugin, PIL.GifImagePlugin, PIL.TiffImagePlugin, PIL.WebPImagePlugin
def peak():  # of this program; what getrusage says may be that of the one that started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before, started = peak(), time.monotonic()
def read(_):
    try:
        return str(read_picture(Path(sys.argv[1])).shape)
    except ValueError as error:
        return str(error)
with ThreadPoolExecutor(8) as pool:
    (said,) = set(pool.map(read, range(8)))
print(peak() - before, time.monotonic() - started, said)
"""


LARGE_FILES = [
    ("LA png", 13_300, True), ("1 tif", 9_000, True), ("jpg", 9_000, False), *(
        pytest.param(*case, marks=pytest.mark.slow) for case in (
            ("LA png", 6_000, False), ("RGBA png", 8_000, True), ("RGBA png", 6_300, False), ("L png", 9_000, True),
            ("P gif", 9_000, True), ("RGB tif", 7_000, True), ("RGB tif", 6_300, False), ("RGB webp", 4_200, True),
            ("RGB webp", 3_800, False), ("I;16 png", 7_000, True), ("I;16 png", 6_300, False), ("F tif", 6_300, False),
            ("F strip tif", 6_300, True), ("F strip tif", 4_800, False),
            ("progressive jpg", 9_000, True),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "side", "refused"), LARGE_FILES)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells the memory of a process on Linux only")
def test_a_small_file_does_not_take_large_memory(tmp_path: Path, kind: str, side: int, refused: bool) -> None:
    """A PNG of 373 kB took 6.4 GB. What is read and what is refused stay below 300 MB, by eight threads too."""
    subprocess.run([sys.executable, "-c", LARGE, kind, str(side), str(tmp_path / "x")], check=True, timeout=100)
    (path,) = tmp_path.iterdir()
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        check=True,
        timeout=100,
        env=environment,
        capture_output=True,
        text=True,
    )
    kilobytes, seconds, said = done.stdout.split(maxsplit=2)
    assert said.startswith("it has " if refused else "(28, 28)"), said
    assert int(kilobytes) < 300_000
    assert not refused or float(seconds) < 2
    assert done.stderr == ""

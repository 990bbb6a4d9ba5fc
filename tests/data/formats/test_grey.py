"""Every mode that Pillow opens: its ink is ink, scaled by what the file holds, or it is refused by name."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.data.formats.grey import BAND, grey_levels
from digitlab.data.formats.picture import read_picture

INK = np.zeros((28, 28), dtype=np.uint8)
INK[6:22, 12:16] = 255
SHADES = np.tile(np.linspace(0, 255, 28).round().astype(np.uint8), (28, 1))  # 0 at the left, 255 at the right


def saved(path: Path, picture: Image.Image | np.ndarray, **options: object) -> Path:
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(path, **options)
    return path


# Each mode in which Pillow opens a file of the formats that are read, and how such a file is made.
MODES: dict[str, tuple[str, str]] = {
    f"{mode} {suffix}": (mode, suffix)
    for mode, suffixes in {
        "1": "png tif bmp pbm", "L": "png tif bmp pgm gif", "LA": "png tif", "P": "png tif gif bmp", "PA": "tif",
        "RGB": "png tif bmp ppm", "RGBA": "png tif", "RGBX": "tif", "CMYK": "tif", "YCbCr": "tif", "LAB": "tif",
        "I": "tif pgm", "I;16": "png tif pgm", "I;16B": "png tif", "F": "tif pfm",
    }.items()
    for suffix in suffixes.split()
}  # fmt: skip


@pytest.mark.parametrize(("mode", "suffix"), MODES.values(), ids=list(MODES))
def test_ink_is_ink_in_every_mode(tmp_path: Path, mode: str, suffix: str) -> None:
    grey = Image.fromarray(INK)
    if mode in ("I;16", "I;16B"):
        picture = Image.fromarray(INK.astype(">u2" if mode.endswith("B") else "<u2") * 257)
    elif mode in ("LAB", "PA"):
        picture = grey.convert({"LAB": "RGB", "PA": "LA"}[mode]).convert(mode)
    else:
        picture = grey.convert(mode)
    path = saved(tmp_path / f"x.{suffix}", picture)
    assert np.array_equal(read_picture(path), INK)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_bits_are_scaled_by_what_the_file_holds(tmp_path: Path, bits: int, suffix: str, dtype: type) -> None:
    """Twelve bits in sixteen ended at a greatest value of 15 of 255."""
    if dtype is np.int32 and suffix == "png":
        pytest.skip("PNG has no whole numbers of 32 bits")
    values = (SHADES.astype(np.float64) / 255 * (2**bits - 1)).round().astype(dtype)
    read = read_picture(saved(tmp_path / f"x.{suffix}", values), invert=False)
    assert np.abs(read.astype(int) - SHADES).max() <= 1
    assert read.max() == 255


def test_a_file_that_says_it_has_twelve_bits_is_believed(tmp_path: Path) -> None:
    """TIFF with 12 bits, which Pillow reads and does not write: three bytes are two pixels."""
    values = np.full((28, 28), 0x7FF)
    pairs = values.reshape(-1, 2)
    packed = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1)
    pixels = packed.astype(np.uint8).tobytes()
    tags = [(256, 3, 28), (257, 3, 28), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 200), (277, 3, 1),
            (278, 3, 28), (279, 4, len(pixels))]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    path = tmp_path / "x.tif"
    path.write_bytes(head.ljust(200, b"\0") + pixels)
    assert np.unique(read_picture(path, invert=False)).tolist() == [127]


@pytest.mark.parametrize("ceiling", [1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0])
@pytest.mark.parametrize("suffix", ["tif", "pfm"])
def test_real_numbers_are_of_one_or_of_bytes(tmp_path: Path, ceiling: float, suffix: str) -> None:
    values = (SHADES / 255 * ceiling).astype(np.float32)
    read = read_picture(saved(tmp_path / f"x.{suffix}", values), invert=False)
    assert np.abs(read.astype(int) - SHADES).max() <= 1


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (np.where(INK, 1e6, 0).astype(np.float32), r"mode F with real numbers in 0\.\.1e\+06"),
        (np.where(INK, -1, 1).astype(np.float32), r"mode F with real numbers in -1\.\.1"),
        (np.where(INK, np.nan, 1).astype(np.float32), r"mode F with real numbers in nan\.\.nan"),
        (np.where(INK, np.inf, 1).astype(np.float32), r"mode F with real numbers in 1\.\.inf"),
        (np.where(INK, -3, 200).astype(np.int32), r"mode I with whole numbers in -3\.\.200"),
        (np.where(INK, 70_000, 0).astype(np.int32), r"mode I with whole numbers in 0\.\.70000"),
    ],
)
def test_what_cannot_be_grey_levels_is_refused_by_name(tmp_path: Path, values: np.ndarray, what: str) -> None:
    with pytest.raises(ValueError, match=rf"^{what}; save it with 8 or 16 bits$"):
        read_picture(saved(tmp_path / "x.tif", values))


@pytest.mark.parametrize("highest", [1.5, 7.0, 15.9])
def test_real_numbers_of_no_known_scale_are_refused(tmp_path: Path, highest: float) -> None:
    with pytest.raises(ValueError, match=r"real numbers in 0\.\.\d.*; save it with 0\.\.1, or 8 or 16 bits"):
        read_picture(saved(tmp_path / "x.tif", np.where(INK, highest, 0).astype(np.float32)))


def png(path: Path, kind: int, pixels: np.ndarray) -> Path:
    """Write a PNG with 16 bits a channel, which Pillow reads and does not write: 2 colours, 4 grey and 6 with alpha."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    return path


@pytest.mark.parametrize(("kind", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_colours_of_sixteen_bits_keep_their_ink_or_are_refused(tmp_path: Path, kind: int, channels: int) -> None:
    """Pillow keeps the upper eight bits."""
    for bits, refused in ((16, False), (14, True), (12, True), (8, True)):
        pixels = np.stack([INK.astype(np.uint16) // 255 * (2**bits - 1)] * channels, axis=2)
        if channels in (2, 4):
            pixels[..., -1] = 2**bits - 1
        path = png(tmp_path / f"{bits}.png", kind, pixels)
        if refused:
            with pytest.raises(ValueError, match=r"its colours have 16 bits and use 14 of them or fewer; save it"):
                read_picture(path)
        else:
            assert np.array_equal(read_picture(path), INK)


def test_black_ink_in_an_alpha_of_sixteen_bits_is_ink(tmp_path: Path) -> None:
    pixels = np.zeros((28, 28, 4), dtype=np.uint16)
    pixels[..., 3] = INK.astype(np.uint16) * 257
    assert np.array_equal(read_picture(png(tmp_path / "x.png", 6, pixels)), INK)


def test_a_transparent_value_of_sixteen_bits_is_paper(tmp_path: Path) -> None:
    values = np.where(INK > 0, 60_000, 777).astype(np.uint16)
    path = saved(tmp_path / "x.png", values, transparency=777)
    read = read_picture(path, invert=False)
    assert np.unique(read[INK == 0]).tolist() == [0]
    assert np.unique(read[INK > 0]).tolist() == [233]


def test_white_is_zero_is_obeyed_for_sixteen_bits(tmp_path: Path) -> None:
    """Tag 262 of TIFF; Pillow does so for eight bits only."""
    path = saved(tmp_path / "x.tif", SHADES.astype(np.uint16) * 257)
    content = path.read_bytes()
    entry = struct.pack("<HHIHH", 262, 3, 1, 1, 0)
    assert content.count(entry) == 1
    path.write_bytes(content.replace(entry, struct.pack("<HHIHH", 262, 3, 1, 0, 0)))
    assert np.array_equal(read_picture(path, invert=False), 255 - SHADES)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "CMYK", "I;16", "F"])
def test_bands_do_not_show(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (90, 50, 4), dtype=np.uint8)
    picture = Image.fromarray(noise).convert(mode) if mode not in ("I;16", "LA") else Image.fromarray(noise[..., 0])
    if mode == "I;16":
        picture = Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    elif mode == "LA":
        picture.putalpha(Image.fromarray(np.ascontiguousarray(noise[..., 1])))
    whole = grey_levels(picture)
    for band in (1, 50, 1000, 4499):
        monkeypatch.setattr("digitlab.data.formats.grey.BAND", band)
        assert np.array_equal(grey_levels(picture), whole)
    assert whole.size < BAND

"""Damaged files are replaced from beside them or from a mirror, by nothing that is not sound itself."""

import gzip
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitlab.data.catalogue import SOURCES
from digitlab.data.sources.download import ensure_files
from digitlab.errors import UserError
from digitlab.system.locks import LOCK
from support.data_damage import copy_as_original, each_damage, ensure
from support.idx_damage import HTML, IMAGES, LABELS, flip
from support.mirrors import mnist_mirror, pack


@pytest.fixture
def data(tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return copy_as_original(tiny_mnist, tmp_path / "data", monkeypatch)


@pytest.fixture
def mirror(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with mnist_mirror(data / "MNIST" / "raw", tmp_path / "mirror", monkeypatch) as folder:
        yield folder


def contents(data: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in SOURCES["mnist"].where(data).items()}


@each_damage
def test_a_sound_gz_repairs_without_a_download(
    data: Path, name: str, apply: Callable, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = contents(data)
    pack(data / "MNIST" / "raw", data / "MNIST" / "raw")
    apply(data / "MNIST" / "raw" / name)
    ensure(data)
    said = capsys.readouterr().out
    assert contents(data) == whole
    assert f"MNIST: extracted {name} from .gz" in said or f"MNIST: {name} " in said
    assert os.path.lexists(data / "MNIST" / "raw" / f"{name}.damaged") == (what != "is missing")
    ensure(data)
    assert capsys.readouterr().out == ""


@each_damage
def test_a_mirror_repairs(
    data: Path, mirror: Path, name: str, apply: Callable, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = contents(data)
    apply(data / "MNIST" / "raw" / name)
    (data / "MNIST" / "raw" / f"{name}.gz").write_bytes(gzip.compress(b"no data")[:-3])  # no help, and replaced
    ensure(data, download=True)
    assert contents(data) == whole
    assert (what == "is missing") != (f"{name}.damaged" in capsys.readouterr().out)
    assert gzip.decompress((data / "MNIST" / "raw" / f"{name}.gz").read_bytes()) == whole[name]
    assert not (data / "MNIST" / "raw" / ".part").exists()
    ensure(data)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"\0\0\x08\x01")[:-1], gzip.compress(HTML), HTML, b""],
    ids=["cut short", "a page, packed", "a page", "empty"],
)
def test_a_gz_that_is_no_help_is_named_and_nothing_is_changed(data: Path, content: bytes) -> None:
    raw = data / "MNIST" / "raw"
    flip(raw / IMAGES)
    (raw / f"{IMAGES}.gz").write_bytes(content)
    before = contents(data)
    with pytest.raises(UserError, match=rf"not its sha256; {IMAGES}\.gz is no help and data\.download=false"):
        ensure(data)
    assert contents(data) == before
    assert not list(raw.glob("*.damaged"))


def test_a_gz_with_wrong_pixels_is_not_adopted(data: Path) -> None:
    path = data / "MNIST" / "raw" / IMAGES
    flip(path)
    path.with_name(f"{IMAGES}.gz").write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(UserError, match="not its sha256"):
        ensure(data)


def test_a_renamed_gz_is_unpacked(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, path = contents(data), data / "MNIST" / "raw" / LABELS
    path.write_bytes(gzip.compress(path.read_bytes()))
    ensure(data)
    assert contents(data) == whole
    assert f"{LABELS} is not an IDX file (it is still compressed by gzip); replaced" in capsys.readouterr().out


def test_a_sound_archive_is_not_fetched_again(data: Path, mirror: Path) -> None:
    whole, raw = contents(data), data / "MNIST" / "raw"
    ensure_files("mnist", data.parent / "other", download=True, timeout_seconds=5)
    for path in mirror.iterdir():
        if path.name != f"{IMAGES}.gz":
            (data.parent / "other" / "MNIST" / "raw" / path.name).replace(raw / path.name)
            path.unlink()
    flip(raw / IMAGES)
    ensure(data, download=True)
    assert contents(data) == whole


def test_what_cannot_be_written_is_said(data: Path) -> None:
    (data / "MNIST" / "raw" / LABELS).unlink()
    (data / "MNIST" / "raw" / LOCK).mkdir()  # stands for a folder without permission, which root does not know
    with pytest.raises(UserError, match=r"1 file is missing and .*raw cannot be written \(Is a directory\)"):
        ensure(data, download=True)


def test_no_damaged_file_takes_the_place_of_an_earlier_one(data: Path) -> None:
    raw = data / "MNIST" / "raw"
    whole = (raw / LABELS).read_bytes()
    pack(raw, raw)
    for number in range(4):
        (raw / LABELS).write_bytes(b"my own work, %d" % number)
        ensure(data)
        assert (raw / LABELS).read_bytes() == whole
    names = [f"{LABELS}.damaged", *(f"{LABELS}.damaged-{number}" for number in (2, 3, 4))]
    assert [(raw / name).read_bytes() for name in names] == [b"my own work, %d" % number for number in range(4)]


def test_a_link_that_bears_the_name_of_a_damaged_file_stays(data: Path) -> None:
    raw = data / "MNIST" / "raw"
    pack(raw, raw)
    (raw / f"{LABELS}.damaged").symlink_to("nowhere")
    (raw / LABELS).write_bytes(b"my own work")
    ensure(data)
    assert (raw / f"{LABELS}.damaged").is_symlink()
    assert (raw / f"{LABELS}.damaged-2").read_bytes() == b"my own work"


def idx_header(*shape: int) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)


# What a packed file of 1 MB or less holds: its beginning, and how many zeros follow.
BOMBS = {
    "as much as it says, 3 GB": (idx_header(3 * 2**20, 32, 32), 2**20),
    "more than it says": (idx_header(600, 28, 28), 2**30),
    "no IDX file": (b"", 2**30),
    "labels": (idx_header(2**31), 2**30),
    "more than memory": (idx_header(2**31, 28, 28), 2**28),
    "less than it says": (idx_header(600, 28, 28), 2**10),
}


@pytest.mark.parametrize(("start", "zeros"), BOMBS.values(), ids=list(BOMBS))
@pytest.mark.parametrize("renamed", [False, True])
def test_a_small_archive_of_very_much_is_no_help(data: Path, start: bytes, zeros: int, renamed: bool) -> None:
    """It is seen by its header, or after as many bytes as that says; nothing is in memory as a whole."""
    path = data / "MNIST" / "raw" / IMAGES
    path.unlink()
    packed = gzip.compress(start) + gzip.compress(bytes(min(zeros, 2**20))) * max(1, zeros // 2**20)
    (path if renamed else path.with_name(f"{IMAGES}.gz")).write_bytes(packed)
    started, sizes, read = time.monotonic(), [], gzip.GzipFile.read

    def watched(file: gzip.GzipFile, size: int | None = -1) -> bytes:
        sizes.append(size)
        return read(file, size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gzip.GzipFile, "read", watched)
        with pytest.raises(UserError, match=r"and data\.download=false"):
            ensure(data)
    assert time.monotonic() - started < 2
    assert all(0 < size <= 2**20 for size in sizes)
    assert len(sizes) <= 20
    assert not (data / "MNIST" / "raw" / ".part").exists()


def test_a_pipe_beside_a_file_is_no_archive(data: Path) -> None:
    path = data / "MNIST" / "raw" / IMAGES
    path.unlink()
    os.mkfifo(path.with_name(f"{IMAGES}.gz"))
    with pytest.raises(UserError, match=r"1 file is missing"):
        ensure(data)

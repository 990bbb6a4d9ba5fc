"""Damaged files are replaced from beside them or from a mirror, by nothing that is not sound itself."""

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torchvision.datasets import MNIST

from digitlab.data.catalogue import SOURCES
from digitlab.data.sources.download import ensure_files
from digitlab.errors import UserError
from digitlab.system.locks import LOCK
from support.data_damage import copy_as_original, each_damage, ensure
from support.idx_damage import HTML, IMAGES, LABELS, flip
from support.mirrors import pack, serving


@pytest.fixture
def data(tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return copy_as_original(tiny_mnist, tmp_path / "data", monkeypatch)


@pytest.fixture
def mirror(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(MNIST, "resources", pack(data / "MNIST" / "raw", tmp_path / "mirror"))
    with serving(tmp_path / "mirror") as address:
        monkeypatch.setattr(MNIST, "mirrors", [address])
        yield tmp_path / "mirror"


def contents(data: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in SOURCES["mnist"].where(data).items()}


@each_damage
def test_a_sound_gz_heals_without_a_download(
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
def test_a_mirror_heals(
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


@pytest.mark.parametrize("content", [gzip.compress(b"\0\0\x08\x01")[:-1], gzip.compress(HTML), HTML, b""])
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

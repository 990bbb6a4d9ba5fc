"""Pictures are decoded once, to the same bytes by any number of threads, and what cannot be decoded is named."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitlab.data.storage.decode_cache
from digitlab.data.formats.idx import read_idx
from digitlab.data.formats.picture import read_picture
from digitlab.data.sources.class_folders import Listing, class_names, list_pictures
from digitlab.data.storage.decode_cache import content_checksum, decode_once
from digitlab.errors import UserError
from support.pictures import noise, write_pictures


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    monkeypatch.setattr(digitlab.data.storage.decode_cache, "CHUNK", 4)
    root = tmp_path / "pictures"
    write_pictures(root, 30, seed=1)
    for number in range(5):
        Image.fromarray(noise(100 + number, 80, 3)).save(root / "class1" / f"colour{number}.jpg")
    return list_pictures(root, class_names(root)).parts["train"]


def test_any_number_of_threads_makes_the_same_file(listing: Listing, tmp_path: Path) -> None:
    made = {workers: decode_once(listing, "auto", workers, tmp_path / f"kept{workers}") for workers in (0, 2, 5, None)}
    assert len({path.read_bytes() for path in made.values()}) == 1
    expected = np.stack([read_picture(listing.root / name) for name in listing.paths])
    np.testing.assert_array_equal(read_idx(made[2]), expected)


def test_what_is_made_is_kept_until_something_changes(
    listing: Listing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = decode_once(listing, "auto", 0, tmp_path / "kept")
    assert "Decodes 35 pictures of " in capsys.readouterr().out
    (tmp_path / "kept" / ".lock").unlink()
    assert decode_once(listing, "auto", 0, tmp_path / "kept") == first
    assert capsys.readouterr().out == ""
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [first.name]  # only read
    assert decode_once(listing, False, 0, tmp_path / "kept") != first
    Image.fromarray(noise(28, 28)).save(listing.root / listing.paths[3])
    changed = decode_once(listing, "auto", 0, tmp_path / "kept")
    assert changed != first
    assert (
        decode_once(Listing(listing.root, listing.paths[1:], listing.labels[1:]), "auto", 0, tmp_path / "kept")
        != changed
    )
    assert not [path for path in (tmp_path / "kept").rglob("*") if "idx3" not in path.name and path.name != ".lock"]


def test_a_linked_folder_is_refused_and_what_it_leads_to_stays(listing: Listing, tmp_path: Path) -> None:
    precious = tmp_path / "elsewhere" / ".part" / "thesis"
    precious.parent.mkdir(parents=True)
    precious.write_text("precious")
    (tmp_path / "kept").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"^paths\.data_dir: .*kept is a link; remove it"):
        decode_once(listing, "auto", 0, tmp_path / "kept")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [".part"]
    assert precious.read_text() == "precious"


def exchange_contents(one: Path, other: Path) -> None:
    """Exchange what is in two pictures."""
    contents = [path.read_bytes() for path in (other, one)]
    for path, content in zip((one, other), contents, strict=True):
        path.write_bytes(content)
        os.utime(path, ns=(10**18, 10**18))


def exchange_names(one: Path, other: Path) -> None:
    """Exchange two pictures by their names."""
    os.rename(one, one.with_suffix(".tmp"))
    os.rename(other, one)
    os.rename(one.with_suffix(".tmp"), other)


@pytest.mark.parametrize("change", [exchange_contents, exchange_names])
def test_pictures_that_were_exchanged_are_decoded_anew(
    listing: Listing, tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    """Their sizes and times are equal; what was known by these trained on the old pixels."""
    one, other = (listing.root / name for name in listing.paths[2:4])
    same = max(one.stat().st_size, other.stat().st_size)
    for path in (one, other):
        path.write_bytes(path.read_bytes().ljust(same, b"\0"))
        os.utime(path, ns=(10**18, 10**18))
    first = read_idx(decode_once(listing, "auto", 0, tmp_path / "kept"))
    change(one, other)
    assert one.stat().st_size == other.stat().st_size == same
    assert one.stat().st_mtime_ns == other.stat().st_mtime_ns == 10**18
    second = read_idx(decode_once(listing, "auto", 0, tmp_path / "kept"))
    assert np.array_equal(second[[3, 2]], first[[2, 3]])
    assert not np.array_equal(second[2], first[2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)


def invert(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:16] + bytes(255 - byte for byte in path.read_bytes()[16:]))


def a_link_to_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "harm",
    [
        flip,
        invert,
        a_link_to_a_device,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:500]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.rename(path.with_name(path.name.replace("-", "-0", 1))),
    ],
)
def test_a_damaged_cache_is_made_anew(
    listing: Listing, tmp_path: Path, harm: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    made = decode_once(listing, "auto", 0, tmp_path / "kept")
    whole = made.read_bytes()
    capsys.readouterr()
    harm(made)
    second = decode_once(listing, "auto", 0, tmp_path / "kept")
    assert (second, second.read_bytes()) == (made, whole)
    assert "is damaged; its pictures are decoded anew" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "kept").glob("*-*")] == [made.name]


def test_the_checksum_in_the_name_is_of_the_content(listing: Listing, tmp_path: Path) -> None:
    made = decode_once(listing, "auto", 0, tmp_path / "kept")
    assert content_checksum(made) == f"{zlib.crc32(made.read_bytes()):08x}"


def test_a_picture_that_has_gone_is_named(listing: Listing, tmp_path: Path) -> None:
    (listing.root / listing.paths[7]).unlink()
    with pytest.raises(UserError, match=rf"{listing.paths[7]} cannot be read as a picture \(No such file"):
        decode_once(listing, "auto", 0, tmp_path / "kept")


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("harm", [b"no picture", b"", "half"])
def test_an_unreadable_picture_is_named_and_nothing_is_kept(
    listing: Listing, tmp_path: Path, workers: int, harm: bytes | str
) -> None:
    path = listing.root / listing.paths[13]
    path.write_bytes(path.read_bytes()[:200] if isinstance(harm, str) else harm)
    with pytest.raises(
        UserError, match=rf"data\.folder: .*{listing.paths[13]} cannot be read as a picture \("
    ) as refusal:
        decode_once(listing, "auto", workers, tmp_path / "kept")
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith("repair or remove it")
    assert not list((tmp_path / "kept").rglob("*idx3*"))


def test_a_place_that_cannot_be_written_is_refused(listing: Listing, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(UserError, match=r"paths\.data_dir: decoded pictures cannot be kept in .*kept \("):
        decode_once(listing, "auto", 0, tmp_path / "kept")

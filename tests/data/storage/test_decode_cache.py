"""Pictures are decoded once, to the same bytes by any number of threads, and what cannot be decoded is named."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitlab.data.storage.decode_cache
from digitlab.data.formats.idx import read_idx
from digitlab.data.formats.picture import read_picture
from digitlab.data.sources.class_folders import Listing, class_names, list_pictures
from digitlab.data.storage.decode_cache import decode_once
from digitlab.errors import UserError
from support.pictures import noise, write_pictures


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    monkeypatch.setattr(digitlab.data.storage.decode_cache, "CHUNK", 4)
    root = tmp_path / "pictures"
    write_pictures(root, 30, seed=1)
    for number in range(5):
        Image.fromarray(noise(100 + number, 80, 3)).save(root / "class1" / f"colour{number}.jpg")
    return list_pictures(root, class_names(root), every_class=True)


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
    assert str(refusal.value).endswith("mend or remove it")
    assert not list((tmp_path / "kept").rglob("*idx3*"))


def test_a_place_that_cannot_be_written_is_refused(listing: Listing, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(UserError, match=r"paths\.data_dir: decoded pictures cannot be kept in .*kept \("):
        decode_once(listing, "auto", 0, tmp_path / "kept")

"""Every kind of damage is noticed and named; what is sound or one's own is only read."""

import bz2
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import digitlab.data.sources.integrity
from conftest import write_idx
from digitlab.data.catalogue import SOURCES
from digitlab.data.formats.idx import read_idx
from digitlab.data.sources.download import ensure_files
from digitlab.data.sources.integrity import inspect
from digitlab.errors import UserError
from digitlab.system.locks import LOCK
from support.data_damage import copy_as_original, each_damage, ensure
from support.idx_damage import IMAGES, LABELS, cut, flip, patch, swap


@pytest.fixture
def data(tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return copy_as_original(tiny_mnist, tmp_path / "data", monkeypatch)


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size, path.stat().st_mode) for path in paths}


def test_sound_files_are_only_read(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(data)
    for path in (data, *data.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)  # to root this means nothing, hence the comparison
    ensure(data, download=True)
    assert {path: value[:2] for path, value in snapshot(data).items()} == {p: v[:2] for p, v in before.items()}
    assert capsys.readouterr().out == ""


@each_damage
def test_damage_is_noticed_and_named(data: Path, name: str, apply: Callable, what: str) -> None:
    apply(data / "MNIST" / "raw" / name)
    before = {path.name for path in data.rglob("*")}
    with pytest.raises(UserError, match=what if what != "is missing" else "1 file is missing") as caught:
        ensure(data)
    trouble, instruction, _ = str(caught.value).splitlines()
    assert "data.download=false, so nothing was fetched" in trouble
    assert name in instruction
    assert what == "is missing" or name in trouble
    assert before == {path.name for path in data.rglob("*")} - {LOCK}


@each_damage
def test_only_the_damaged_file_is_blamed(data: Path, name: str, apply: Callable, what: str) -> None:
    apply(data / "MNIST" / "raw" / name)
    faults = inspect(SOURCES["mnist"], SOURCES["mnist"].where(data)).faults
    assert set(faults) == ({IMAGES, LABELS} if apply is swap else {name})


def test_own_data_are_taken_and_one_line_says_so(
    tiny_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own").symlink_to(tiny_mnist)
    for _ in range(2):
        ensure(tmp_path / "own")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith(
        "does not hold the original MNIST (60,000 train, 10,000 test) but data of your own (600 train, 100 test images)"
    )


def test_own_data_may_have_classes_of_their_own(data: Path) -> None:
    labels = data / "MNIST" / "raw" / LABELS
    images = labels.with_name(IMAGES)
    write_idx(labels, np.arange(20, dtype=np.uint8))
    write_idx(images, read_idx(images)[:20])
    with pytest.raises(UserError, match=r"labels outside 0\.\.9: 10, the first is 10"):
        ensure(data)
    ensure_files("mnist", data, download=False, timeout_seconds=5, num_classes=20)


def test_a_checksum_is_computed_once_but_a_changed_file_is_noticed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(data)
    with monkeypatch.context() as patched:
        patched.setattr(
            digitlab.data.sources.integrity.hashlib, "file_digest", lambda *_: pytest.fail("computed twice")
        )
        ensure(data)
    path = data / "MNIST" / "raw" / IMAGES
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    flip(path)
    os.utime(path, ns=times)
    with pytest.raises(UserError, match="not its sha256"):
        ensure(data)


def write_bz2(path: Path, labels: np.ndarray) -> None:
    """Write a file of the USPS kind."""
    values = " ".join(f"{i}:0.5" for i in range(1, 257))
    path.write_bytes(bz2.compress("".join(f"{label} {values}\n" for label in labels).encode()))


# Of each data set: labels of its first and its last class as they stand in its files, and one beyond.
LABELS_OF = {
    "fashion_mnist": (0, 9, 10),
    "kmnist": (0, 9, 10),
    "emnist": (0, 46, 47),
    "emnist_letters": (1, 26, 0),
    "emnist_digits": (0, 9, 200),
    "qmnist": (0, 9, -1),
    "usps": (1, 10, 0),
}


def write_set(data_dir: Path, dataset: str, labels: tuple[int, ...]) -> None:
    """Write both parts of any data set, with one image for each label."""
    for name, path in SOURCES[dataset].where(data_dir).items():
        if dataset == "usps":
            write_bz2(path, np.array(labels))
        elif "images" in name:
            write_idx(path, np.zeros((len(labels), 28, 28), dtype=np.uint8))
        elif dataset == "qmnist":
            write_idx(path, np.tile(np.array(labels, dtype=np.int32)[:, None], (1, 8)))
        else:
            write_idx(path, np.array(labels, dtype=np.uint8))


@pytest.mark.parametrize("dataset", LABELS_OF)
def test_other_data_sets_are_checked_by_their_labels(tmp_path: Path, dataset: str) -> None:
    first, last, beyond = LABELS_OF[dataset]
    source = SOURCES[dataset]
    write_set(tmp_path, dataset, (first, last))
    assert inspect(source, source.where(tmp_path)) == ({}, {"train": 2, "test": 2})
    write_set(tmp_path, dataset, (first, last, beyond))
    faults = inspect(source, source.where(tmp_path)).faults
    assert list(faults) == [names[-1] for names in source.files.values()]
    assert all(f"labels outside {first}..{last}: 1, the first is {beyond}" in what for what in faults.values())


@pytest.mark.parametrize("keep", [3, 100, -1])
def test_a_truncated_usps_is_noticed(tmp_path: Path, keep: int) -> None:
    write_set(tmp_path, "usps", (1, 2, 3))
    cut(0, keep)(tmp_path / "usps.t.bz2")
    assert inspect(SOURCES["usps"], SOURCES["usps"].where(tmp_path)).faults == {"usps.t.bz2": "is not a whole bz2 file"}


def test_a_usps_without_all_its_values_is_noticed(tmp_path: Path) -> None:
    write_set(tmp_path, "usps", (1, 2))
    (tmp_path / "usps.bz2").write_bytes(bz2.compress(b"1 1:0.5 2:0.5\n"))
    with pytest.raises(UserError, match=r"usps\.bz2 does not hold a label and 256 grey levels in each line"):
        ensure_files("usps", tmp_path, download=False, timeout_seconds=5)


def test_the_catalogue_knows_every_original() -> None:
    for source in SOURCES.values():
        assert set(source.counts) == set(source.files)
        assert not source.sha256 or set(source.sha256) == set(source.where(""))


@pytest.mark.slow
def test_real_mnist_is_the_original(real_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspect(SOURCES["mnist"], SOURCES["mnist"].where(real_mnist))
    assert (found.faults, found.counts) == ({}, {"train": 60_000, "test": 10_000})
    ensure(real_mnist)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_one_wrong_bit_of_real_mnist_is_noticed(real_mnist: Path, tmp_path: Path) -> None:
    source = SOURCES["mnist"]
    path = tmp_path / IMAGES
    path.write_bytes(source.where(real_mnist)[IMAGES].read_bytes())
    patch(30_000_000, path.read_bytes()[30_000_000] ^ 128)(path)
    assert set(inspect(source, source.where(real_mnist) | {IMAGES: path}).faults) == {IMAGES}

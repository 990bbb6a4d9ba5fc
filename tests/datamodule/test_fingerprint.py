"""A fingerprint says what a run was trained on: it stays with the data and changes with them, and costs little."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import digitlab.datamodule.fingerprint
from conftest import make_digits, write_idx
from digitlab.data.sources.class_folders import class_names
from digitlab.datamodule import DigitDataModule, FolderDataModule, IdxDataModule, ImageDataModule
from digitlab.datamodule.fingerprint import check_same_data, file_checksum, tensor_checksum
from digitlab.errors import UserError
from digitlab.system.plain_data import plain
from support.pictures import write_pictures


def mnist(root: Path) -> DigitDataModule:
    return DigitDataModule("mnist", root)


def idx(root: Path) -> IdxDataModule:
    raw = root / "MNIST" / "raw"
    files = {f"{part}_{kind}": str(raw / f"{prefix}-{kind}-idx{number}-ubyte") for part, prefix in
             (("train", "train"), ("test", "t10k")) for kind, number in (("images", 3), ("labels", 1))}  # fmt: skip
    return IdxDataModule("idx", root, **files)


def folder(root: Path) -> FolderDataModule:
    return FolderDataModule("image_folder", root, folder="pets", classes=class_names(root / "pets"), num_classes=3)


KINDS = {"mnist": mnist, "idx": idx, "image_folder": folder}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for prefix, count, seed in (("train", 120, 1), ("t10k", 30, 2)):
        images, labels = make_digits(count, seed)
        write_idx(tmp_path / "MNIST" / "raw" / f"{prefix}-images-idx3-ubyte", images)
        write_idx(tmp_path / "MNIST" / "raw" / f"{prefix}-labels-idx1-ubyte", labels)
    write_pictures(tmp_path / "pets", 60, seed=1)
    return tmp_path


def fingerprint(make: Callable[[Path], ImageDataModule], root: Path) -> dict:
    datamodule = make(root)
    datamodule.prepare_data()
    datamodule.setup("fit")
    return datamodule.fingerprint()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_plain_and_the_same_for_the_same_data(root: Path, kind: str, tmp_path: Path) -> None:
    first = fingerprint(KINDS[kind], root)
    assert plain(first) == first
    assert json.loads(json.dumps(first)) == first
    assert set(first["images"]) == {"train", "val"}
    check_same_data(first, fingerprint(KINDS[kind], root), "resume=X")
    if kind != "idx":  # whose paths are whole here
        shutil.copytree(root, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("elsewhere", ".decoded"))
        check_same_data(first, fingerprint(KINDS[kind], tmp_path / "elsewhere"), "resume=X")


def rewrite(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        from digitlab.data.formats.idx import read_idx

        path = next((root / "MNIST" / "raw").glob(f"{name}*"))
        write_idx(path, np.ascontiguousarray(change(read_idx(path).copy())))

    return apply


def a_pixel(part: str) -> Callable[[Path], None]:
    def change(values: np.ndarray) -> np.ndarray:
        values[7, 14, 14] ^= 1
        return values

    return rewrite(f"{part}-images", change)


def a_label(part: str) -> Callable[[Path], None]:
    def change(values: np.ndarray) -> np.ndarray:
        values[7] = 9 - values[7]
        return values

    return rewrite(f"{part}-labels", change)


def fewer(root: Path) -> None:
    for name in ("train-images", "train-labels"):
        rewrite(name, lambda values: values[:-1])(root)


def first_picture(root: Path) -> Path:
    return sorted((root / "pets" / "class1").iterdir())[0]


def exchanged(root: Path) -> None:
    one, other = first_picture(root), sorted((root / "pets" / "class2").iterdir())[0]
    one.rename(root / "x")
    other.rename(one)
    (root / "x").rename(other)


def add_test_folder(root: Path) -> None:
    (root / "pets").rename(root / "old")
    shutil.copytree(root / "old", root / "pets" / "test")
    (root / "old").rename(root / "pets" / "train")


CHANGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "mnist: a pixel": ("mnist", a_pixel("train"), r"other contents in the train part"),
    "mnist: a label": ("mnist", a_label("train"), r"other labels in the train part"),
    "mnist: fewer": ("mnist", fewer, r"other images in the train part \(110 before, 109 now\)"),
    "mnist: a test pixel": ("mnist", a_pixel("t10k"), r"contents in the test part"),
    "mnist: a test label": ("mnist", a_label("t10k"), r"contents in the test part"),
    "idx: a pixel": ("idx", a_pixel("train"), r"other contents in the train part"),
    "idx: a label": ("idx", a_label("train"), r"other (labels|images) in the"),
    "idx: a test label": ("idx", a_label("t10k"), r"contents in the test part"),
    "idx: fewer": ("idx", fewer, r"other images in the train part"),
    "idx: a test pixel": ("idx", a_pixel("t10k"), r"other contents in the test part"),
    "pictures: one replaced": (
        "image_folder",
        lambda root: Image.fromarray(np.full((28, 28), 77, np.uint8)).save(first_picture(root)),
        r"other contents in the train part",
    ),
    "pictures: one removed": ("image_folder", lambda root: first_picture(root).unlink(), r"other images in the"),
    "pictures: one added": (
        "image_folder",
        lambda root: shutil.copy(first_picture(root), root / "pets" / "class1" / "zzz.png"),
        r"other images in the",
    ),
    "pictures: two exchanged": ("image_folder", exchanged, r"other contents in the train part"),
    "pictures: a class renamed": (
        "image_folder",
        lambda root: (root / "pets" / "class1").rename(root / "pets" / "class11"),
        r"the classes have other names",
    ),
    "pictures: a test folder": (
        "image_folder",
        add_test_folder,
        r"other images in the train part",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "said"), CHANGES.values(), ids=list(CHANGES))
def test_a_change_is_noticed_and_named(root: Path, kind: str, change: Callable[[Path], object], said: str) -> None:
    before = fingerprint(KINDS[kind], root)
    change(root)
    with pytest.raises(UserError, match=rf"^resume=X: its data have changed: .*{said}.*; restore them, or start a new"):
        check_same_data(before, fingerprint(KINDS[kind], root), "resume=X")


@pytest.mark.parametrize(
    "then", [None, {}, {"classes": 3}, {"classes": [], "images": []}, "text", {"images": {"a": 1}}]
)
def test_what_a_stranger_wrote_is_a_difference(root: Path, then: object) -> None:
    with pytest.raises(UserError, match=r"^resume=X: its data have changed: "):
        check_same_data(then, fingerprint(mnist, root), "resume=X")


def test_pixels_in_memory_and_in_files_are_seen_up_to_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = torch.randint(0, 256, (3000, 1, 28, 28), dtype=torch.uint8)
    path = tmp_path / "file"
    path.write_bytes(images.numpy().tobytes())
    whole = tensor_checksum(images), file_checksum(path)
    monkeypatch.setattr(digitlab.datamodule.fingerprint, "WHOLE_BYTES", 784 * 100)
    monkeypatch.setattr(digitlab.datamodule.fingerprint, "STRETCH_BYTES", 784)
    assert tensor_checksum(images) == tensor_checksum(images.clone()) != whole[0]
    assert file_checksum(path) == file_checksum(path) != whole[1]
    other = torch.randint(0, 256, (3000, 1, 28, 28), dtype=torch.uint8)
    before = tensor_checksum(images), file_checksum(path)
    path.write_bytes(other.numpy().tobytes())
    assert before[0] != tensor_checksum(other)
    assert before[1] != file_checksum(path)


def test_it_costs_little(tmp_path: Path) -> None:
    images = torch.zeros(60_000, 1, 28, 28, dtype=torch.uint8)
    started = time.process_time()
    tensor_checksum(images)
    assert time.process_time() - started < 0.1
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(10**11)  # 100 GB, of which none is written
    started = time.process_time()
    file_checksum(path)
    assert time.process_time() - started < 0.1


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        file_checksum(tmp_path / "pipe")

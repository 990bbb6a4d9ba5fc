"""Data without torch: there, sound and of as many classes as configured, or a refusal that names the key."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from digitlab.cli.checks.datasets import BUNDLED_CLASSES, BUNDLED_COUNTS, check_data
from digitlab.data.sources.digits import read_digits
from digitlab.errors import UserError

OPTIONS: dict[str, Any] = {"dataset": "mnist", "num_classes": 10, "val_share": 0.1, "download": False}
DIGITS = {**OPTIONS, "dataset": "digits"}


def test_the_bundled_digits_are_as_they_are_said_to_be() -> None:
    for part in ("train", "test"):
        images, labels = read_digits(part)  # type: ignore[arg-type]
        assert (len(images), labels.max() + 1) == (BUNDLED_COUNTS[part], BUNDLED_CLASSES)


def test_sound_data_passes(tiny_mnist: Path) -> None:
    check_data(OPTIONS, str(tiny_mnist), "train")
    check_data(OPTIONS, str(tiny_mnist), "test")
    check_data(DIGITS, "/nowhere", "train")
    check_data({**DIGITS, "num_classes": 47, "val_share": None}, "/nowhere", "test")
    for options in (OPTIONS, DIGITS):
        check_data({**options, "classes": [5, 9], "num_classes": 2, "labels_per_class": 3}, str(tiny_mnist), "train")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {**OPTIONS, "num_classes": 9},
            r"^data\.num_classes must be above .*=mnist has the labels 0\.\.9 in",
        ),
        ({**DIGITS, "num_classes": 9}, r"^data\.num_classes must be above .* data\.dataset=digits .* got 9$"),
        ({**DIGITS, "classes": [1, 1], "num_classes": 2}, r"^data\.classes must be at least 2 labels .* got \[1, 1\]"),
        ({**DIGITS, "classes": ["cat", "dog"], "num_classes": 2}, r"^data\.classes must be at least 2 labels of the"),
        ({**DIGITS, "classes": [1, 2]}, r"^data\.num_classes must be the number of data\.classes, 2, got 10"),
        ({**DIGITS, "classes": [1, 10], "num_classes": 2}, r"^data\.classes must be labels of the data: .* got 10$"),
        ({**OPTIONS, "classes": [1, 10], "num_classes": 2}, r"^data\.classes must be labels .* 0\.\.9 in .* got 10$"),
        ({**OPTIONS, "val_share": 0.999}, r"^data\.val_share=0\.999 leaves 1 of 600 images to train on"),
        ({**DIGITS, "val_share": 0.9999}, r"^data\.val_share=0\.9999 leaves 1 of 1437 images to train on"),
    ],
)
def test_settings_that_do_not_fit_the_data(tiny_mnist: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_data(options, str(tiny_mnist), "train")


def test_missing_files_that_may_not_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^data=mnist: 4 files are missing and data\.download=false"):
        check_data(OPTIONS, str(tmp_path / "nowhere"), "train")
    assert list(tmp_path.iterdir()) == []


def test_missing_files_that_will_be_fetched_need_a_place(tmp_path: Path) -> None:
    check_data({**OPTIONS, "download": True}, str(tmp_path / "new"), "train")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"^paths\.data_dir: .*file is a file, and a folder is needed"):
        check_data({**OPTIONS, "download": True}, str(tmp_path / "file"), "train")


@pytest.mark.parametrize("damage", [b"", b"<html>", b"\x00\x00\x08\x01\x00\x00\x00\x05abc"])
def test_damaged_files(tiny_mnist: Path, tmp_path: Path, damage: bytes) -> None:
    shutil.copytree(tiny_mnist, tmp_path / "data")
    (tmp_path / "data" / "MNIST" / "raw" / "train-labels-idx1-ubyte").write_bytes(damage)
    with pytest.raises(UserError, match=r"^data=mnist: train-labels-idx1-ubyte (is not an IDX|has)"):
        check_data(OPTIONS, str(tmp_path / "data"), "train")


def picture_folder(
    root: Path, *parts: str, classes: tuple[str, ...] = ("cat", "dog"), count: int = 7
) -> dict[str, Any]:
    """Make files that bear the names of pictures, and return the settings for them."""
    for place in parts:
        for name in classes:
            (root / "pets" / place / name).mkdir(parents=True)
            for number in range(count):
                (root / "pets" / place / name / f"{number}.png").touch()
    own = {"dataset": "image_folder", "folder": "pets", "classes": ["cat", "dog"], "num_classes": 2, "test_share": 0.2}
    return {"val_share": 0.1, **own}


@pytest.mark.parametrize("parts", [("",), ("train", "test"), ("train", "val"), ("train", "val", "test")])
def test_pictures_pass_without_being_opened(tmp_path: Path, parts: tuple[str, ...]) -> None:
    options = picture_folder(tmp_path, *parts)
    check_data(options, str(tmp_path), "train")
    check_data(options, str(tmp_path), "test")


def test_pictures_to_test_with_are_enough_to_test(tmp_path: Path) -> None:
    options = picture_folder(tmp_path, "test")
    check_data(options, str(tmp_path), "test")
    with pytest.raises(UserError, match=r"^data\.folder: .*pets holds test/ and no train/; add it"):
        check_data(options, str(tmp_path), "train")


def test_pictures_that_do_not_fit_their_settings(tmp_path: Path) -> None:
    options = picture_folder(tmp_path, "")
    for changes, message in (
        ({"num_classes": 3, "classes": ["cat", "dog", "emu"]}, r"pets/emu holds no picture .* each class needs some"),
        ({"classes": ["cat", "emu"]}, r"pets/dog is none of the classes cat, emu"),
        ({"num_classes": 1}, r"^data\.num_classes must be above every label .* 0\.\.1 in its train part, got 1"),
        ({"val_share": 0.99, "stratify": False}, r"^data\.val_share=0\.99 leaves 1 of 11 images to train on"),
        ({"folder": "pet"}, r"^data\.folder=pet: .*pet is no folder"),
        ({"dataset": "idx"}, r"^data\.dataset=idx needs settings of its own; choose it with data=idx"),
    ):
        with pytest.raises(UserError, match=message):
            check_data({**options, **changes}, str(tmp_path), "train")
    with pytest.raises(UserError, match=r"^data\.dataset=image_folder needs settings of its own"):
        check_data({**OPTIONS, "dataset": "image_folder"}, str(tmp_path), "train")


@pytest.mark.parametrize(("count", "fits"), [(2, False), (3, True)])
def test_pictures_of_each_class_are_enough_for_each_part(tmp_path: Path, count: int, fits: bool) -> None:
    options = {**picture_folder(tmp_path, "", count=count), "stratify": True, "val_share": 0.99}
    if fits:
        check_data(options, str(tmp_path), "train")
        return
    with pytest.raises(UserError, match=r"^data\.stratify=true gives each of 3 parts .*: cat \(2\), dog \(2\); add"):
        check_data(options, str(tmp_path), "train")


@pytest.mark.parametrize(
    ("processes", "message"),
    [(1, None), (2, None), (3, r"validate on, and there are 2"), (9, r"train on, and there are")],
)
def test_pictures_are_enough_for_all_processes(tmp_path: Path, processes: int, message: str | None) -> None:
    options = {**picture_folder(tmp_path, ""), "stratify": True}
    if message is None:
        check_data(options, str(tmp_path), "train", processes)
        return
    with pytest.raises(UserError, match=rf"^trainer\.devices: {processes} processes need at least .*{message}"):
        check_data(options, str(tmp_path), "train", processes)

"""Which folders are the parts: by all their usual names, and never by a guess."""

from pathlib import Path

import pytest

from digitlab.data.sources.class_folders import class_names
from digitlab.data.sources.part_folders import part_folders, part_of
from digitlab.errors import UserError


def make(root: Path, *folders: str) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return root


@pytest.mark.parametrize(
    ("name", "part"),
    [(name, part) for part, names in {
        "train": ("train", "Train", "TRAIN", "training", "Training", "train_set", "Training Set", "train-images"),
        "val": ("val", "Val", "VALID", "valid", "validation", "Validation_set", "dev", "val.images"),
        "test": ("test", "TEST", "testing", "Testing", "test_set", "testset", "test images", "tst"),
    }.items() for name in names],
)  # fmt: skip
def test_parts_have_many_names(tmp_path: Path, name: str, part: str) -> None:
    assert part_of(name) == part
    make(tmp_path, f"{name}/cat", f"{name}/dog")
    assert part_folders(tmp_path) == {part: tmp_path / name}
    assert class_names(tmp_path) == ["cat", "dog"]


@pytest.mark.parametrize("name", ["cat", "trains", "contest", "tested", "value", "values", "0", "trainee", "evaluate"])
def test_other_names_are_classes(tmp_path: Path, name: str) -> None:
    make(tmp_path, f"{name}/deep", "zebra/deep")
    assert part_of(name) is None
    assert part_folders(tmp_path) == {"train": tmp_path}
    assert class_names(tmp_path) == [name, "zebra"]


def test_several_parts_are_found_together(tmp_path: Path) -> None:
    make(tmp_path, *(f"{part}/{name}" for part in ("Testing", "valid", "training") for name in ("a", "b")))
    make(tmp_path, ".git/a", "__MACOSX/training")
    found = part_folders(tmp_path)
    assert found == {"train": tmp_path / "training", "val": tmp_path / "valid", "test": tmp_path / "Testing"}
    assert list(found) == ["train", "val", "test"]


@pytest.mark.parametrize(
    ("folders", "fault"),
    [
        (("train/a", "train/b", "training/a"), r"train/ and training/ both name the train part"),
        (("train/a", "val/a", "valid/a"), r"val/ and valid/ both name the val part"),
        (("Test/a", "test/a"), r"Test/ and test/ both name the test part"),
        (("train/a", "train/b", "extra/a"), r"train/ is a part's name and extra/ is not"),
        (("bus", "car", "train"), r"train/ is a part's name and bus/ is not"),
        (("train/a", "train/b", "eval/a"), r"train/ is a part's name and eval/ is not"),
        (("train/a", "train/b", "test"), r"test/ has the name of a part and holds no class folders"),
        (("train", "test"), r"test/ has the name of a part and holds no class folders"),
        (("train/.git", "test/a"), r"train/ has the name of a part and holds no class folders"),
    ],
)
def test_what_can_be_understood_in_two_ways_is_refused(tmp_path: Path, folders: tuple[str, ...], fault: str) -> None:
    make(tmp_path, *folders)
    with pytest.raises(UserError, match=rf"^data\.folder: .* in two ways: {fault}; leave in it .*data\.classes=\["):
        class_names(tmp_path)


def test_a_class_may_be_called_train_by_whoever_names_the_classes(tmp_path: Path) -> None:
    make(tmp_path, "bus", "car", "train")
    assert part_folders(tmp_path, ["bus", "car", "train"]) == {"train": tmp_path}

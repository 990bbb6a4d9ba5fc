"""Class folders: torchvision's names and order, and a line for what is not one."""

from pathlib import Path

import pytest

from digitlab.data.sources.class_folders import class_names, find_folder, list_pictures, part_folders
from digitlab.errors import UserError
from support.pictures import write_pictures


def test_names_order_and_labels_are_torchvisions(tmp_path: Path) -> None:
    from torchvision.datasets import ImageFolder

    write_pictures(tmp_path, 30, seed=1)
    write_pictures(tmp_path / "class1" / "more", 4, seed=2, suffix=".JPG")
    write_pictures(tmp_path / "class1" / "b", 4, seed=2, suffix=".bmp")
    (tmp_path / "class2" / "notes.txt").write_text("no picture")
    theirs, names = ImageFolder(str(tmp_path)), class_names(tmp_path)
    ours = list_pictures(tmp_path, names, every_class=True)
    assert names == theirs.classes == ["class0", "class1", "class2"]
    expected = [(str(Path(path).relative_to(tmp_path)), label) for path, label in theirs.samples]
    assert list(zip(ours.paths, ours.labels, strict=True)) == expected


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    write_pictures(tmp_path, 30, seed=1)
    (tmp_path / ".thumbnails").mkdir()
    (tmp_path / "class0" / "._0001.png").write_bytes(b"what macOS leaves")
    names = class_names(tmp_path)
    assert names == ["class0", "class1", "class2"]
    assert len(list_pictures(tmp_path, names, every_class=True).paths) == 30


def test_parts_are_folders_or_all_is_for_training(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / "whole" / name).mkdir(parents=True)
        for part in ("train", "test"):
            (tmp_path / "parts" / part / name).mkdir(parents=True)
    assert part_folders(tmp_path / "whole") == {"train": tmp_path / "whole"}
    assert part_folders(tmp_path / "parts") == {part: tmp_path / "parts" / part for part in ("train", "test")}
    assert class_names(tmp_path / "whole") == class_names(tmp_path / "parts") == ["a", "b"]


def test_a_folder_is_found_from_the_data_or_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    for data_dir, name in ((tmp_path, "pictures"), ("/", str(tmp_path / "pictures")), ("/", "~/pictures")):
        assert find_folder(data_dir, name) == tmp_path / "pictures"
    with pytest.raises(UserError, match=r"data\.folder=pics: .*pics is no folder; name one with pictures in class"):
        find_folder(tmp_path, "pics")


def test_what_is_no_class_folder_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path, 30, seed=1)
    with pytest.raises(UserError, match=r"class2 is none of the classes class0, class1; move it away"):
        list_pictures(tmp_path, ["class0", "class1"], every_class=False)
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    with pytest.raises(UserError, match=r"empty holds no picture \(\.jpg, .*\), and each class needs some"):
        list_pictures(tmp_path, class_names(tmp_path), every_class=True)
    assert len(list_pictures(tmp_path, class_names(tmp_path), every_class=False).paths) == 30
    with pytest.raises(UserError, match=r"holds 1 class folders and must hold one for each class, at least 2"):
        class_names(tmp_path / "empty")
    with pytest.raises(UserError, match=r"empty holds no picture of any class"):
        list_pictures(tmp_path / "empty", ["deep", "sea"], every_class=False)

"""Class folders: torchvision's names and order, and a line for what is not one."""

from pathlib import Path

import pytest

from digitlab.data.formats.picture_formats import SUFFIXES
from digitlab.data.sources.class_folders import class_names, find_folder, list_pictures, part_of_pictures
from digitlab.errors import UserError
from support.pictures import write_pictures


def test_names_order_and_labels_are_torchvisions(tmp_path: Path) -> None:
    from torchvision.datasets import ImageFolder

    write_pictures(tmp_path, 30, seed=1)
    write_pictures(tmp_path / "class1" / "more", 4, seed=2, suffix=".JPG")
    write_pictures(tmp_path / "class1" / "b", 4, seed=2, suffix=".bmp")
    (tmp_path / "class2" / "notes.txt").write_text("no picture")
    theirs, names = ImageFolder(str(tmp_path)), class_names(tmp_path)
    found = list_pictures(tmp_path, names)
    ours = found.parts["train"]
    assert names == theirs.classes == ["class0", "class1", "class2"]
    expected = [(str(Path(path).relative_to(tmp_path)), label) for path, label in theirs.samples]
    assert list(zip(ours.paths, ours.labels, strict=True)) == expected
    assert found.left_out == "suffix .txt: 1 (class2/notes.txt)"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_promised_suffix_is_taken_in_any_case(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number, spelled in enumerate((suffix, suffix.upper(), suffix.title())):
            (tmp_path / name / f"{number}{spelled}").touch()
    found = list_pictures(tmp_path, ["a", "b"])
    assert (len(found.parts["train"].paths), found.left_out) == (6, "")


def test_a_folder_is_found_from_the_data_or_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    for data_dir, name in ((tmp_path, "pictures"), ("/", str(tmp_path / "pictures")), ("/", "~/pictures")):
        assert find_folder(data_dir, name) == tmp_path / "pictures"
    with pytest.raises(UserError, match=r"data\.folder=pics: .*pics is no folder; name one with pictures in class"):
        find_folder(tmp_path, "pics")
    with pytest.raises(UserError, match=r"data\.folder=~nobody-here/x: .*~nobody-here/x is no folder"):
        find_folder(tmp_path, "~nobody-here/x")


def test_what_is_no_class_folder_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train", 30, seed=1)
    write_pictures(tmp_path / "test", 30, seed=1)
    with pytest.raises(UserError, match=r"class2 is none of the classes class0, class1; move it away"):
        list_pictures(tmp_path, ["class0", "class1"])
    (tmp_path / "train" / "empty" / "deep").mkdir(parents=True)
    with pytest.raises(UserError, match=r"empty holds no picture \(\.png, .*\), and each class needs some"):
        list_pictures(tmp_path, class_names(tmp_path))
    (tmp_path / "train" / "empty").rename(tmp_path / "test" / "class3")  # nothing to test with is no fault
    with pytest.raises(UserError, match=r"test/class3 is none of the classes"):
        list_pictures(tmp_path, ["class0", "class1", "class2"])
    with pytest.raises(UserError, match=r"class3 holds 1 class folders and must hold one for each class, at least 2"):
        class_names(tmp_path / "test" / "class3")
    with pytest.raises(UserError, match=r"deep holds no picture \("):
        list_pictures(tmp_path / "test" / "class3", ["deep", "sea"])


def test_a_part_that_is_wanted_must_be_there(tmp_path: Path) -> None:
    write_pictures(tmp_path / "test", 30, seed=1)
    parts = list_pictures(tmp_path, class_names(tmp_path)).parts
    assert len(part_of_pictures(parts, "test", tmp_path).paths) == 30
    with pytest.raises(UserError, match=r"holds test/ and no train/; add it"):
        part_of_pictures(parts, "train", tmp_path)


def test_a_line_names_few_of_many_classes(tmp_path: Path) -> None:
    names = [f"class{number}" for number in range(5000)]
    (tmp_path / "stranger").mkdir()
    with pytest.raises(UserError, match=r"stranger is none of the classes class0, .*class19, \.\.\.; move") as refusal:
        list_pictures(tmp_path, names)
    assert len(str(refusal.value)) < 600

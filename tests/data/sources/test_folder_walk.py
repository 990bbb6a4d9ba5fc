"""Each folder is read once, hidden ones are not, and all that is left out is counted and named."""

import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import digitlab.data.sources.folder_walk
from digitlab.data.sources.class_folders import class_names, list_pictures
from digitlab.errors import UserError

CLASSES = ["cat", "dog"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two pictures of each of two classes."""
    for name in CLASSES:
        for number in range(2):
            (tmp_path / "pets" / name / "deep").mkdir(parents=True, exist_ok=True)
            (tmp_path / "pets" / name / f"{number}.png").touch()
    return tmp_path / "pets"


def in_folder(name: str) -> Callable[[Path], object]:
    def make(root: Path) -> None:
        (root / name).mkdir(parents=True)
        (root / name / "0.png").touch()

    return make


def a_socket(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        where = os.getcwd()
        os.chdir(root)  # a socket's path has at most 108 bytes
        server.bind("cat/x.png")
        os.chdir(where)


# What is put there, and what is said of it.
LEFT_OUT: dict[str, tuple[Callable[[Path], object], str]] = {
    **{
        f"{name} in a class": (in_folder(f"cat/{name}"), rf"^hidden, or of a system: 1 \(cat/{re.escape(name)}\)$")
        for name in (
            ".ipynb_checkpoints", "@eaDir", "__MACOSX", ".thumbnails", ".git", "__pycache__", "#recycle", "lost+found",
        )
    },
    **{
        f"{name} beside the classes": (in_folder(name), rf"^hidden, or of a system: 1 \({name}\)$")
        for name in (".ipynb_checkpoints", "@eaDir", "__MACOSX", ".Trash-1", "__pycache__", "System Volume Information")
    },
    "within a deep folder": (in_folder("cat/deep/@eaDir"), r"^hidden, or of a system: 1 \(cat/deep/@eaDir\)$"),
    "macOS's files": (lambda r: (r / "cat" / "._0.png").touch(), r"^hidden, or of a system: 1 \(cat/\._0\.png\)$"),
    "Windows's files": (lambda r: (r / "cat" / "Thumbs.db").touch(), r"^hidden, .*1 \(cat/Thumbs\.db\)$"),
    "another format": (lambda r: (r / "cat" / "x.HEIC").touch(), r"^suffix \.heic: 1 \(cat/x\.HEIC\)$"),
    "no suffix": (lambda r: (r / "cat" / "README").touch(), r"^no suffix: 1 \(cat/README\)$"),
    "beside the classes": (lambda r: (r / "x.png").touch(), r"^in no class folder: 1 \(x\.png\)$"),
    "a pipe": (lambda r: os.mkfifo(r / "cat" / "x.png"), r"^no regular file: 1 \(cat/x\.png\)$"),
    "a socket": (a_socket, r"^no regular file: 1 \(cat/x\.png\)$"),
    "a device": (lambda r: (r / "cat" / "x.png").symlink_to("/dev/zero"), r"^no regular file: 1 \(cat/x\.png\)$"),
    "a link to a pipe": (
        lambda r: (os.mkfifo(r.parent / "pipe"), (r / "cat" / "x.png").symlink_to(r.parent / "pipe")),
        r"^no regular file: 1 \(cat/x\.png\)$",
    ),
    "a broken link": (lambda r: (r / "cat" / "x.png").symlink_to("nowhere"), r"^no regular file: 1 \(cat/x\.png\)$"),
    "a link to itself": (lambda r: (r / "cat" / "x.png").symlink_to("x.png"), r"^no regular file: 1 \(cat/x\.png\)$"),
    "a link to its folder": (lambda r: (r / "cat" / "x").symlink_to("."), r"^link to a folder above: 1 \(cat/x\)$"),
    "a link to the folder above": (
        lambda r: (r / "cat" / "x").symlink_to(".."),
        r"^link to a folder above: 1 \(cat/x\)$",
    ),
    "a link to the root": (lambda r: (r / "cat" / "x").symlink_to("/"), r"^link to a folder above: 1 \(cat/x\)$"),
    "a deep loop": (
        lambda r: (r / "cat" / "deep" / "x").symlink_to(r / "cat"),
        r"^link to a folder above: 1 \(cat/deep/x\)$",
    ),
    "a folder twice": (
        lambda r: (r / "cat" / "x").symlink_to("deep"),
        r"^folder that is read already: 1 \(cat/x\)$",
    ),
    "a picture twice": (
        lambda r: (r / "cat" / "x.png").symlink_to("0.png"),
        r"^link to a picture that is read already: 1 \(cat/x\.png\)$",
    ),
    "an odd name": (lambda r: (r / "cat" / "a\nb.txt").touch(), r"^suffix \.txt: 1 \('cat/a\\nb\.txt'\)$"),
}  # fmt: skip


@pytest.mark.parametrize(("put", "said"), LEFT_OUT.values(), ids=list(LEFT_OUT))
def test_what_is_left_out_is_counted_and_named(root: Path, put: Callable[[Path], object], said: str) -> None:
    put(root)
    assert class_names(root) == CLASSES
    found = list_pictures(root, CLASSES)
    assert found.parts["train"].paths == ["cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png"]
    assert re.search(said, found.left_out), found.left_out


def test_each_kind_has_its_number_and_its_first(root: Path) -> None:
    for number in range(38):
        (root / "dog" / f"{number}.heic").touch()
    (root / "cat" / ".hidden").touch()
    assert list_pictures(root, CLASSES).left_out.startswith("suffix .heic: 38 (dog/")
    for number in range(30):
        (root / "dog" / f"x.{number}").touch()
    said = list_pictures(root, CLASSES).left_out
    assert said.endswith("; 22 more kinds")
    assert len(said) < 400


@pytest.mark.parametrize(
    ("link", "target"),
    [("cat/x", "../dog"), ("cat/x", "../dog/deep"), ("cow", "dog"), ("cat/x.png", "../dog/0.png")],
)
def test_a_picture_of_two_classes_is_refused(root: Path, link: str, target: str) -> None:
    (root / link).symlink_to(target)
    with pytest.raises(
        UserError, match=r"^data\.folder: .* both hold .*; a picture has one class and lies in one part"
    ):
        list_pictures(root, class_names(root))


@pytest.mark.parametrize(
    ("link", "target"),
    [("test", "train"), ("test/cat", "../train/cat"), ("test/cat/more", "../../train/cat"),
     ("test/cat/0.png", "../../train/cat/0.png"), ("train/cat/more", "../../test"), ("val", "test")],
)  # fmt: skip
def test_a_picture_in_two_parts_is_refused(root: Path, link: str, target: str) -> None:
    parts = root.with_name("parts")
    parts.mkdir()
    root.rename(parts / "train")
    if link not in ("test", "test/cat"):
        (parts / "test" / "cat").mkdir(parents=True)
        (parts / "test" / "cat" / "9.png").touch()
    (parts / link).parent.mkdir(exist_ok=True)
    (parts / link).symlink_to(target)
    with pytest.raises(UserError, match=r"^data\.folder: .* both hold .*, so remove one of them$"):
        list_pictures(parts, CLASSES)


def test_links_to_pictures_elsewhere_are_pictures(root: Path) -> None:
    store = root.with_name(".store")
    store.mkdir()
    for name in CLASSES:
        (store / f"{name}.png").touch()
        (root / name / "linked.png").symlink_to(store / f"{name}.png")
    elsewhere = root.with_name("elsewhere")
    (root / "dog").rename(elsewhere)
    (root / "dog").symlink_to(elsewhere)
    found = list_pictures(root, CLASSES)
    assert (len(found.parts["train"].paths), found.left_out) == (6, "")


def test_links_that_make_names_without_end_are_read_once(root: Path) -> None:
    """Forty folders of which each has two links to the next: a million million names."""
    for number in range(40):
        folder = root.with_name(f"level{number}")
        folder.mkdir()
        (folder / f"{number}.png").touch()
        for name in ("a", "b"):
            (folder / name).symlink_to(root.with_name(f"level{number + 1}"))
    (root / "cat" / "many").symlink_to(root.with_name("level0"))
    started = time.monotonic()
    found = list_pictures(root, CLASSES)
    assert len(found.parts["train"].paths) == 44
    assert time.monotonic() - started < 2


def test_folders_without_end_are_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digitlab.data.sources.folder_walk, "MOST_FOLDERS", 20)
    for number in range(30):
        (root / "cat" / str(number)).mkdir()
    with pytest.raises(UserError, match=r"pets has more than 20 folders in it"):
        list_pictures(root, CLASSES)


@pytest.mark.parametrize("name", ["/", "..", ".", "", "cat/deep", "../pets/cat", "/etc", ".git", "@eaDir", "a\0b"])
def test_names_that_lead_elsewhere_are_refused_before_a_look(root: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"^data\.classes: .* is not the name of one visible folder$"):
        list_pictures(root, ["cat", name])

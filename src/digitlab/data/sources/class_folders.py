"""Pictures in a folder for each class: which there are and what they show. Nothing is opened, nothing heavy imported.

Names, order and classes are those of torchvision's `ImageFolder`.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from digitlab.data.formats.picture_formats import SUFFIXES
from digitlab.data.sources.class_names import check_class_names
from digitlab.data.sources.folder_walk import FolderWalk, folders_in
from digitlab.data.sources.part_folders import part_folders
from digitlab.errors import UserError
from digitlab.paths import shown

MOST_SHOWN = 20  # classes in a line


class Listing(NamedTuple):
    """The pictures of one part.

    Attributes:
        root: The folder with the class folders.
        paths: Each picture's, relative to `root`; by class, then by name.
        labels: Of each, its class's place among the classes.
    """

    root: Path
    paths: list[str]
    labels: list[int]


class Pictures(NamedTuple):
    """All that a person's folder holds.

    Attributes:
        parts: The pictures of "train", "val" and "test", as far as these have a folder.
        left_out: What is not read, in words; empty if that is nothing.
    """

    parts: dict[str, Listing]
    left_out: str


def find_folder(data_dir: str | Path, folder: str) -> Path:
    """Return the folder that is called `folder`, by a path that begins at `data_dir` unless it is absolute.

    Raises:
        UserError: If there is none.
    """
    path = Path(data_dir).expanduser() / os.path.expanduser(folder)  # of a home that there is not, it stays as typed
    if not path.is_dir():
        raise UserError(
            f"data.folder={folder}: {shown(path)} is no folder; name one with pictures in class folders, by a path "
            "that begins at paths.data_dir or at /"
        )
    return path


def class_names(folder: Path) -> list[str]:
    """Return the names of the class folders, sorted: those of the training part, else of the test part.

    Raises:
        UserError: If there are not at least two, or one cannot be the name of a class.
    """
    parts = part_folders(folder)
    root = parts.get("train") or parts.get("test") or parts["val"]
    names = folders_in(root)
    if len(names) < 2:
        raise UserError(
            f"data.folder: {shown(root)} holds {len(names)} class folders and must hold one for each class, at least "
            "2, or train/ and test/ with these in them"
        )
    check_class_names(names)
    return names


def list_pictures(folder: Path, classes: Sequence[str]) -> Pictures:
    """Return the pictures of all parts, also those in folders within a class's.

    Args:
        folder: What a person named; see `part_folders`.
        classes: Names of the classes; a folder's place among them is the label of its pictures.

    Raises:
        UserError: For a name that no class can have, a folder that is no class, a class of the training part without
            pictures, a part without any, or a picture that has two classes or lies in two parts.
    """
    check_class_names(classes)
    roots = part_folders(folder, classes)
    walk = FolderWalk(folder)
    for root in dict.fromkeys((folder, *roots.values())):
        walk.note_outside(root)
    for root in roots.values():
        _check_strangers(root, classes)
        for name in classes:
            walk.enter_class(root / name)
    parts = {part: _listing(walk, root, classes, every_class=part == "train") for part, root in roots.items()}
    return Pictures(parts, walk.left_out())


def part_of_pictures(pictures: Mapping[str, Listing], part: str, folder: Path) -> Listing:
    """Return the pictures of a part that must be there.

    Raises:
        UserError: If it has no folder.
    """
    if part not in pictures:
        raise UserError(f"data.folder: {shown(folder)} holds {', '.join(pictures)}/ and no {part}/; add it")
    return pictures[part]


def _check_strangers(root: Path, classes: Sequence[str]) -> None:
    known = set(classes)
    strangers = [name for name in folders_in(root) if name not in known]
    if strangers:
        some = ", ".join(classes[:MOST_SHOWN]) + (", ..." if len(classes) > MOST_SHOWN else "")
        raise UserError(
            f"data.folder: {shown(root / strangers[0])} is none of the classes {some}; move it away, or add it where "
            "the model learns"
        )


def _listing(walk: FolderWalk, root: Path, classes: Sequence[str], *, every_class: bool) -> Listing:
    listing = Listing(root, [], [])
    for label, name in enumerate(classes):
        found = [path[len(str(root)) + 1 :] for path in walk.pictures(root / name)]
        if not found and every_class:
            raise UserError(
                f"data.folder: {shown(root / name)} holds no picture ({', '.join(SUFFIXES)}), and each class needs some"
            )
        listing.paths.extend(found)
        listing.labels.extend([label] * len(found))
    if not listing.paths:
        raise UserError(f"data.folder: {shown(root)} holds no picture of any class")
    return listing

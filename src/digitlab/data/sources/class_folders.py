"""Pictures in a folder for each class: which there are and what they show. Nothing is opened, nothing heavy imported.

Names, order and classes are those of torchvision's `ImageFolder`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from digitlab.errors import UserError
from digitlab.paths import shown

PARTS = ("train", "val", "test")
SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")  # torchvision's


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


def find_folder(data_dir: str | Path, folder: str) -> Path:
    """Return the folder that is called `folder`, by a path that begins at `data_dir` unless it is absolute.

    Raises:
        UserError: If there is none.
    """
    path = Path(data_dir).expanduser() / Path(folder).expanduser()
    if not path.is_dir():
        raise UserError(
            f"data.folder={folder}: {shown(path)} is no folder; name one with pictures in class folders, by a path "
            "that begins at paths.data_dir or at /"
        )
    return path


def class_names(root: Path) -> list[str]:
    """Return the names of the class folders, sorted: those in `train/`, else in `test/`, else in `root` itself.

    Raises:
        UserError: If there are not at least two.
    """
    root = next((root / part for part in ("train", "test") if (root / part).is_dir()), root)
    names = _folders(root)
    if len(names) < 2:
        raise UserError(
            f"data.folder: {shown(root)} holds {len(names)} class folders and must hold one for each class, at least "
            "2, or train/ and test/ with these in them"
        )
    return names


def part_folders(folder: Path) -> dict[str, Path]:
    """Return the folders of the parts that have one; "train" is `folder` itself if that holds the class folders."""
    found = {part: folder / part for part in PARTS if (folder / part).is_dir()}
    return found or {"train": folder}


def list_part(folders: Mapping[str, Path], part: str, classes: list[str]) -> Listing:
    """Return the pictures of a part; to train with, each class must have some.

    Args:
        folders: What `part_folders` gave.
        part: "train", "val" or "test".
        classes: As for `list_pictures`.

    Raises:
        UserError: If the part has no folder, or what is in it does not fit the classes.
    """
    if part not in folders:
        there = next(iter(folders.values())).parent
        raise UserError(f"data.folder: {shown(there)} holds {', '.join(folders)}/ and no {part}/; add it")
    return list_pictures(folders[part], classes, every_class=part == "train")


def list_pictures(root: Path, classes: list[str], *, every_class: bool) -> Listing:
    """Return the pictures below `root`, also those in folders within a class's; what has another suffix is left out.

    Args:
        root: The folder with the class folders.
        classes: Names of the classes; a folder's place among them is the label of its pictures.
        every_class: Whether each class must have a picture, as it must to be learnt.

    Raises:
        UserError: For a folder that is no class, or a class without pictures.
    """
    strangers = [name for name in _folders(root) if name not in classes]
    if strangers:
        raise UserError(
            f"data.folder: {shown(root / strangers[0])} is none of the classes {', '.join(classes)}; move it away, or "
            "add it where the model learns"
        )
    listing = Listing(root, [], [])
    for label, name in enumerate(classes):
        found = _pictures(root, name)
        if not found and every_class:
            raise UserError(
                f"data.folder: {shown(root / name)} holds no picture ({', '.join(SUFFIXES)}), and each class needs some"
            )
        listing.paths.extend(found)
        listing.labels.extend([label] * len(found))
    if not listing.paths:
        raise UserError(f"data.folder: {shown(root)} holds no picture of any class")
    return listing


def _folders(root: Path) -> list[str]:
    with os.scandir(root) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def _pictures(root: Path, name: str) -> list[str]:
    """Return the pictures of one class in the order of torchvision's `make_dataset`."""
    found = []
    for where, _, files in sorted(os.walk(root / name, followlinks=True)):
        inside = os.path.relpath(where, root)
        found += [f"{inside}/{file}" for file in sorted(files) if _is_picture(file)]
    return found


def _is_picture(file: str) -> bool:
    return file.lower().endswith(SUFFIXES) and not file.startswith(".")  # macOS leaves ._7.png beside 7.png

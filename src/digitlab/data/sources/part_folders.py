"""Which folders hold the parts of a set of pictures: `train/`, `val/`, `test/`, by any of their usual names."""

import re
from collections.abc import Sequence
from pathlib import Path

from digitlab.data.sources.folder_walk import folders_in
from digitlab.errors import UserError
from digitlab.paths import shown

# Without regard to case, and to what is no letter: "Training set", "test_images", "VALID".
PARTS = {"train": "train|training|trn", "val": "val|valid|validation|validate|dev", "test": "test|testing|tst"}
ADDITION = "(set|split|data|dataset|images|imgs|pictures)?"


def part_of(name: str) -> str | None:
    """Return which part a folder of this name holds, "train", "val" or "test", or `None`."""
    letters = re.sub(r"[\W_]", "", name.lower())
    return next((part for part, names in PARTS.items() if re.fullmatch(f"({names}){ADDITION}", letters)), None)


def part_folders(folder: Path, classes: Sequence[str] = ()) -> dict[str, Path]:
    """Return the folders of the parts that have one; "train" is `folder` itself if that holds the class folders.

    Args:
        folder: What a person named.
        classes: The class folders, if these are known: then a class may be called "train".

    Raises:
        UserError: If the folders in it can be understood in more than one way.
    """
    names = folders_in(folder)
    parts = {name: part for name in names if (part := part_of(name))}
    if not parts or set(names) <= set(classes):
        return {"train": folder}
    found = {part: folder / name for name, part in parts.items()}
    others = [name for name in names if name not in parts]
    flat = [name for name in parts if not folders_in(folder / name)]
    if others:
        fault = f"{next(iter(parts))}/ is a part's name and {others[0]}/ is not"
    elif len(found) < len(parts):
        same = next(part for part in found if list(parts.values()).count(part) > 1)
        fault = " and ".join(f"{name}/" for name in parts if parts[name] == same) + f" both name the {same} part"
    elif flat:
        fault = f"{flat[0]}/ has the name of a part and holds no class folders"
    else:
        return {part: found[part] for part in PARTS if part in found}
    raise UserError(
        f"data.folder: {shown(folder)} can be understood in two ways: {fault}; leave in it train/, val/ and test/ with "
        f"class folders, or class folders only, and name these: data.classes=[{','.join(names[:3])},...]"
    )

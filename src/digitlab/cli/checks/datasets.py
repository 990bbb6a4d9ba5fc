"""Whether the data is there and fits, as far as that can be told without torch and without fetching anything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.cli.checks.paths import check_writable
from digitlab.data.catalogue import BUNDLED, IDX, IMAGE_FOLDER, SOURCES, Part
from digitlab.errors import UserError

LEAST = 2  # images to train on
BUNDLED_COUNTS = {"train": 1437, "test": 360}
BUNDLED_CLASSES = 10
SIGNS = {IDX: "train_images", IMAGE_FOLDER: "folder"}  # the setting that only this kind of data has


def check_data(data: Mapping[str, Any], data_dir: str, part: Part) -> None:
    """Refuse data that is missing and may not be fetched, is damaged beyond healing, or does not fit its settings.

    Args:
        data: The section, each of its values allowed, or what a checkpoint holds of it.
        data_dir: Folder with the files.
        part: Which part will be read first.

    Raises:
        UserError: With the key to change, or the files and what is wrong with them.
    """
    name, folder = data["dataset"], Path(data_dir).expanduser()
    if any((name == own) != (sign in data) for own, sign in SIGNS.items()):
        raise UserError(f"data.dataset={name} needs settings of its own; choose it with data={name}")
    if name == IDX:
        _check_own_files(data, folder, part)
        return
    if name == IMAGE_FOLDER:
        _check_pictures(data, folder, part)
        return
    if name == BUNDLED:
        _check_fit(data, part, BUNDLED_COUNTS[part], BUNDLED_CLASSES - 1)
        return
    # NumPy is a tenth of a second, which the bundled digits need not pay to be refused.
    from digitlab.data.sources.download import ensure_files
    from digitlab.data.sources.integrity import highest_label, inspect

    source, classes = SOURCES[name], data["num_classes"]
    download = data.get("download", True)
    if not download:
        ensure_files(name, folder, download=False, timeout_seconds=1.0, num_classes=classes)
    found = inspect(source, source.where(folder), classes)
    if found.faults:  # they will be fetched
        check_writable("paths.data_dir", folder / source.folder)
        return
    _check_fit(data, part, found.counts[part], highest_label(source, folder, part))


def _check_own_files(data: Mapping[str, Any], folder: Path, part: Part) -> None:
    from digitlab.data.formats.idx_headers import pair_headers, read_label_values

    parts: tuple[Part, ...] = ("train", "test") if part == "train" else ("test",)  # what is trained is tested, too
    for each in parts:
        files = {f"data.{each}_{kind}": folder / data[f"{each}_{kind}"] for kind in ("images", "labels")}
        _, header = pair_headers(files)
        labels = read_label_values(files[f"data.{each}_labels"], header)
        _check_fit(data, each, len(labels), int(labels.max()), int(labels.min()))


def _check_pictures(data: Mapping[str, Any], folder: Path, part: Part) -> None:
    from digitlab.data.sources.class_folders import find_folder, list_part, part_folders
    from digitlab.data.split_counts import split_count

    folders, classes = part_folders(find_folder(folder, data["folder"])), list(data["classes"])
    first = part if part in folders else "train"  # from which a test part is cut
    counts = {each: len(list_part(folders, each, classes).paths) for each in dict.fromkeys((first, *folders))}
    share, count = data["val_share"], counts[first]
    if part == "train" and "test" not in folders:
        count -= split_count(count, data["test_share"])
    _check_fit({**data, "val_share": None if "val" in folders else share}, part, count, len(classes) - 1)


def _check_fit(data: Mapping[str, Any], part: Part, count: int, highest: int, lowest: int = 0) -> None:
    from digitlab.data.split_counts import split_count

    if data["num_classes"] <= highest or lowest < 0:
        raise UserError(
            f"data.num_classes must be above every label of the data: data.dataset={data['dataset']} has the labels "
            f"{lowest}..{highest} in its {part} part, got {data['num_classes']}"
        )
    left = count - split_count(count, data.get("val_share"))
    if part == "train" and left < LEAST:
        raise UserError(
            f"data.val_share={data['val_share']} leaves {left} of {count} images to train on; a smaller one, or null, "
            "leaves more"
        )

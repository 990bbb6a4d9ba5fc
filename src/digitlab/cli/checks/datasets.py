"""Whether the data is there and fits, as far as that can be told without torch and without fetching anything."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitlab.cli.checks.paths import check_writable
from digitlab.data.catalogue import BUNDLED, IDX, IMAGE_FOLDER, SOURCES, Part
from digitlab.data.class_choice import check_choice, check_label_range
from digitlab.data.split_counts import check_each_class, check_enough, check_processes, split_count
from digitlab.errors import UserError

BUNDLED_COUNTS = {"train": 1437, "test": 360}
BUNDLED_CLASSES = 10
SIGNS = {IDX: "train_images", IMAGE_FOLDER: "folder"}  # the setting that only this kind of data has


def check_data(data: Mapping[str, Any], data_dir: str, part: Part, processes: int = 1) -> None:
    """Refuse data that is missing and may not be fetched, is damaged beyond repair, or does not fit its settings.

    Args:
        data: The section, each of its values allowed, or what a checkpoint holds of it.
        data_dir: Folder with the files.
        part: Which part will be read first.
        processes: How many train or test together.

    Raises:
        UserError: With the key to change, or the files and what is wrong with them.
    """
    name, folder = data["dataset"], Path(data_dir).expanduser()
    if any((name == own) != (sign in data) for own, sign in SIGNS.items()):
        raise UserError(f"data.dataset={name} needs settings of its own; choose it with data={name}")
    if name != IMAGE_FOLDER and data.get("classes") is not None:
        check_choice(data["classes"], data["num_classes"])
    if name == IDX:
        _check_own_files(data, folder, part, processes)
        return
    if name == IMAGE_FOLDER:
        _check_pictures(data, folder, part, processes)
        return
    if name == BUNDLED:
        _check_labels(data, part, BUNDLED_CLASSES - 1)
        _check_cut(data, part, {"all": BUNDLED_COUNTS[part]}, processes)
        return
    # NumPy is a tenth of a second, which the bundled digits need not pay to be refused.
    from digitlab.data.sources.download import ensure_files
    from digitlab.data.sources.integrity import highest_label, inspect

    source, classes = SOURCES[name], max(data.get("classes") or [data["num_classes"] - 1]) + 1
    if not data.get("download", True):
        ensure_files(name, folder, download=False, timeout_seconds=1.0, num_classes=classes)
    found = inspect(source, source.where(folder), classes)
    if found.faults:  # they will be fetched
        check_writable("paths.data_dir", folder / source.folder)
        return
    _check_labels(data, part, highest_label(source, folder, part))
    _check_cut(data, part, {"all": found.counts[part]}, processes)


def _check_own_files(data: Mapping[str, Any], folder: Path, part: Part, processes: int) -> None:
    import numpy as np

    from digitlab.data.formats.idx_headers import pair_headers, read_label_values

    parts: tuple[Part, ...] = ("train", "test") if part == "train" else ("test",)  # what is trained is tested, too
    for each in parts:
        files = {f"data.{each}_{kind}": folder / data[f"{each}_{kind}"] for kind in ("images", "labels")}
        _, header = pair_headers(files)
        labels = read_label_values(files[f"data.{each}_labels"], header)
        _check_labels(data, each, int(labels.max()), int(labels.min()))
        kept = data.get("classes")
        counts = {str(n): count for n, count in enumerate(np.bincount(labels).tolist()) if kept is None or n in kept}
        _check_cut(data, each, counts, processes)


def _check_pictures(data: Mapping[str, Any], folder: Path, part: Part, processes: int) -> None:
    from digitlab.data.sources.class_folders import find_folder, list_pictures, part_of_pictures

    where, classes = find_folder(folder, data["folder"]), list(data["classes"])
    parts = list_pictures(where, classes).parts
    _check_labels(data, part, len(classes) - 1)
    first = part if part in parts else "train"  # from which a test part is cut
    labels = Counter(part_of_pictures(parts, first, where).labels)
    shares = [None if "test" in parts else data["test_share"], None if "val" in parts else data["val_share"]]
    if part == "train":
        _check_cut(data, part, {name: labels[label] for label, name in enumerate(classes)}, processes, shares)


def _check_labels(data: Mapping[str, Any], part: str, highest: int, lowest: int = 0) -> None:
    kept = None if data["dataset"] == IMAGE_FOLDER else data.get("classes")
    check_label_range(data["dataset"], part, lowest, highest, data["num_classes"], kept)


def _check_cut(
    data: Mapping[str, Any],
    part: Part,
    counts: Mapping[str, int],
    processes: int,
    shares: Sequence[float | None] | None = None,
) -> None:
    """Refuse what leaves too little to train on, or to validate on.

    Args:
        data: The section.
        part: What is read first.
        counts: Images of each class, or of all as one.
        processes: Of one training.
        shares: What is cut from them, one after the other; the last, by default the only one, is for validation.
    """
    total, shares = sum(counts.values()), shares or [data.get("val_share")]
    if part == "test":
        check_processes(total, "test on", processes)
        return
    if data.get("stratify", False):
        check_each_class(counts, shares)
    else:
        counts = {"all": total}
    left, cut = [count for count in counts.values() if count], 0
    for share in shares:
        cuts = [split_count(count, share) for count in left]
        left, cut = [count - kept for count, kept in zip(left, cuts, strict=True)], sum(cuts)
    check_enough(data.get("val_share"), sum(left), sum(left) + cut)
    check_processes(sum(left), "train on", processes)
    if shares[-1] is not None:
        check_processes(cut, "validate on", processes)

"""What a run was trained on, in a few words that stand in its checkpoint: counts, names and checksums.

A run that is resumed on other data would end in figures of neither. Up to `WHOLE_BYTES` every byte counts; of more a
sample does, so that a set larger than memory costs no more.
"""

import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from digitlab.errors import UserError
from digitlab.system.regular_files import open_regular

WHOLE_BYTES = 2**26  # MNIST's training images have 47 million: 30 ms
STRETCHES, STRETCH_BYTES = 256, 2**16  # of a larger file


def fingerprint_of(classes: Sequence[str], labels: Mapping[str, Tensor], contents: Mapping[str, str]) -> dict[str, Any]:
    """Return the fingerprint of a data set as plain data.

    Args:
        classes: Names of the classes.
        labels: Those of each part that is read to fit, int64 `(N,)`, in its order, so that the cut counts, too.
        contents: A checksum of what each part holds.
    """
    return {
        "classes": f"{len(classes)}, {zlib.crc32(repr(list(classes)).encode()):08x}",
        "images": {part: len(values) for part, values in labels.items()},
        "labels": {part: tensor_checksum(values) for part, values in labels.items()},
        "contents": dict(contents),
    }


def check_same_data(then: Any, now: Mapping[str, Any], run: str) -> None:
    """Refuse data that are not those that a run was trained on.

    Args:
        then: The fingerprint in its checkpoint.
        now: The fingerprint of the data that are there.
        run: How the run was named, for the refusal: "resume=outputs/train/...".

    Raises:
        UserError: With the first difference.
    """
    difference = _difference(then if isinstance(then, Mapping) else {}, now)
    if difference:
        raise UserError(f"{run}: its data have changed: {difference}; restore them, or start a new run on these")


def _difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    if then.get("classes") != now["classes"]:
        return "the classes have other names"
    for kind in ("images", "labels", "contents"):
        before, after = then.get(kind), now[kind]
        if not isinstance(before, Mapping) or before.keys() != after.keys():
            return "other parts have images"
        for part in after:
            if before[part] != after[part]:
                counts = f" ({before[part]} before, {after[part]} now)" if kind == "images" else ""
                return f"other {kind} in the {part} part{counts}"
    return ""


def entry_of(fingerprint: Any, kind: str, part: str) -> Any:
    """Return an entry of a fingerprint out of a checkpoint, which may hold anything else instead; `None` if it does.

    Args:
        fingerprint: As it stands there.
        kind: "labels" or "contents".
        part: "train", say.
    """
    entries = fingerprint.get(kind) if isinstance(fingerprint, Mapping) else None
    return entries.get(part) if isinstance(entries, Mapping) else None


def tensor_checksum(values: Tensor) -> str:
    """Return the checksum of a tensor on the CPU; of a large one, of rows spread over it."""
    few = max(1, WHOLE_BYTES // max(1, values[0].nbytes)) if len(values) else 1
    if len(values) > few:
        values = values.index_select(0, torch.linspace(0, len(values) - 1, few, dtype=torch.float64).long())
    return f"{zlib.crc32(values.contiguous().numpy().data):08x}"


def file_checksum(path: Path) -> str:
    """Return the checksum of a file and its size; of a large one, of stretches spread over it."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        value = zlib.crc32(str(size).encode())
        if size <= WHOLE_BYTES:
            while block := file.read(2**20):
                value = zlib.crc32(block, value)
        else:
            for number in range(STRETCHES):
                file.seek(number * (size - STRETCH_BYTES) // (STRETCHES - 1))
                value = zlib.crc32(file.read(STRETCH_BYTES), value)
    return f"{value:08x}"

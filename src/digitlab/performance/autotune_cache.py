"""What was measured on this machine once, kept so that the same command computes alike each time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import checksum_fails, with_checksum, without_checksum
from digitlab.system.regular_files import read_regular

AUTOTUNE_CACHE = ".autotune.json"  # in the folder with all runs; remove it to measure anew
LARGEST = 2**20  # bytes; a finding takes two hundred


def remember(folder: Path, key: str, find: Callable[[], Any]) -> Any:
    """Return what `find` returned when it was last asked for `key`, or ask it now and remember the answer.

    Args:
        folder: Where the findings are kept, in one file.
        key: All that the answer depends on.
        find: Gives plain data.
    """
    path = folder / AUTOTUNE_CACHE
    known = _read(path)
    if key not in known:
        known[key] = find()
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, with_checksum(known))
    return known[key]


def _read(path: Path) -> dict[str, Any]:
    """Return the findings so far; a file that is missing or damaged holds none."""
    try:
        content = json.loads(read_regular(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return without_checksum(content) if isinstance(content, dict) and not checksum_fails(content) else {}

"""What autotune has chosen on this machine, kept so that the same command computes alike each time.

Switch: only `auto` asks it; `trainer.precision=32-true memory_format=contiguous` does not.
"""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import checksum_fails, with_checksum, without_checksum
from digitlab.system.locks import locked_file
from digitlab.system.regular_files import read_regular

AUTOTUNE_CACHE = ".autotune.json"  # in `cache_dir()`; remove it to measure anew
LARGEST = 2**20  # bytes; an answer takes two hundred
LOCK = ".autotune.lock"


def remember(folder: Path, key: str, find: Callable[[], Any]) -> Any:
    """Return what `find` returned when it was last asked for `key`, or ask it now and remember the answer.

    One process asks at a time: the jobs of a sweep that start together wait for the first and take its answer, and no
    two measure at once, which would disturb both.

    Args:
        folder: Where the answers are kept, in one file.
        key: All that the answer depends on.
        find: Gives plain data.
    """
    path = folder / AUTOTUNE_CACHE
    known = _read(path)
    with contextlib.ExitStack() as lock:
        if key not in known:
            with contextlib.suppress(OSError):  # nothing can be written there, and the answer is as good
                lock.enter_context(locked_file(folder / LOCK, "measures how to compute"))
                known = _read(path)
        if key not in known:
            known[key] = find()
            with contextlib.suppress(OSError):
                write_json(path, with_checksum(known))
    return known[key]


def _read(path: Path) -> dict[str, Any]:
    """Return the answers so far; a file that is missing or damaged holds none."""
    try:
        content = json.loads(read_regular(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return without_checksum(content) if isinstance(content, dict) and not checksum_fails(content) else {}

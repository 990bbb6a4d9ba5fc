"""What was measured on this machine once, kept so that the same command computes alike each time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digitlab.runs.files import write_json
from digitlab.runs.seal import broken, seal, unsealed

FINDINGS = ".findings.json"  # in the folder with all runs; remove it to measure anew


def recall(folder: Path, key: str, find: Callable[[], Any]) -> Any:
    """Return what `find` returned when it was last asked for `key`, or ask it now and remember the answer.

    Args:
        folder: Where the findings are kept, in one file.
        key: All that the answer depends on.
        find: Gives plain data.
    """
    path = folder / FINDINGS
    known = _read(path)
    if key not in known:
        known[key] = find()
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, seal(known))
    return known[key]


def _read(path: Path) -> dict[str, Any]:
    """Return the findings so far; a file that is missing or damaged holds none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return unsealed(content) if isinstance(content, dict) and not broken(content) else {}

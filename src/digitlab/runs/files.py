"""Write files so that a reader never meets half of one."""

import json
import os
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> None:
    """Write `text` so that `path` holds either what it held or all of `text`, whenever we are killed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON, likewise.

    Raises:
        ValueError: For NaN and infinity, which JSON does not have.
    """
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")

"""Write files so that a reader never meets half of one."""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
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


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> None:
    """Write rows under a header, likewise.

    Args:
        path: Where to.
        rows: What a row lacks stays empty.
        columns: The header; by default every name that occurs, in the order in which they first do.
    """
    text = io.StringIO()
    writer = csv.DictWriter(
        text, columns or list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())

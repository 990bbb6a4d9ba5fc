"""Hydra's way of quoting: a path may be made of anything."""

import re
from pathlib import Path


def quoted(path: str | Path) -> str:
    """Return a path as Hydra takes it: in single quotes, and one within with a backslash in front.

    Backslashes are doubled where they stand before a quote, and nowhere else.
    """
    return "'" + re.sub(r"(\\*)('|$)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), str(path)) + "'"


def unquoted(text: str) -> str:
    """Return what was typed without its quotes, or as it is if it has none."""
    quote = text[:1]
    if len(text) < 2 or quote not in ("'", '"') or not text.endswith(quote):
        return text
    return re.sub(rf"(\\+)({quote}|$)", lambda found: found[1][: len(found[1]) // 2] + found[2], text[1:-1])

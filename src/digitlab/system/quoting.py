"""Hydra's way of quoting: a path may be made of anything."""

import re
from pathlib import Path


def quoted(path: str | Path) -> str:
    """Return a path as Hydra takes it: in quotes, with a backslash in front of such a quote or a `${` within.

    Backslashes are doubled where they stand before one of these, and nowhere else. The quotes are double ones if the
    path has none, since a shell wants single ones around the whole.
    """
    text = str(path)
    quote = "'" if '"' in text else '"'
    special = rf"(\\*)({quote}|\$\{{|$)"
    return quote + re.sub(special, lambda found: found[1] * 2 + ("\\" + found[2] if found[2] else ""), text) + quote


def unquoted(text: str) -> str:
    """Return what was typed without its quotes, or as it is if it has none."""
    quote = text[:1]
    if len(text) < 2 or quote not in ("'", '"') or not text.endswith(quote):
        return text
    special = rf"(\\+)({quote}|\$\{{|$)"
    return re.sub(special, lambda found: found[1][: len(found[1]) // 2] + found[2], text[1:-1])

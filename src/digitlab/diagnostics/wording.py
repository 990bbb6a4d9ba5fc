"""How rules put numbers, names and remedies."""

import math
from collections.abc import Iterable
from typing import Any

SHOWN = 4  # names of a list

# What a fault in the data, the model or the loss looks like in everything that comes after it.
SYMPTOMS_OF_TRAINING = (
    "DL205", "DL207", "DL213", "DL214", "DL217", "DL302", "DL308", "DL309", "DL401", "DL402", "DL403", "DL601", "DL602",
    "DL603", "DL604",
)  # fmt: skip


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f}%"


def short(value: float) -> str:
    """Return a number in three digits, and what a computer means by infinity in a word."""
    return f"{value:.3g}" if math.isfinite(value) else "not finite"


def listed(names: Iterable[str]) -> str:
    """Return names with commas between; of many the first and how many more."""
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more


def paste(settings: dict[str, Any] | None, override: str, words: str) -> str:
    """Return an override for the command line if its settings have such keys, else words for code of one's own."""
    return override if settings is not None and all(_is_key(settings, word) for word in override.split()) else words


def _is_key(settings: dict[str, Any], override: str) -> bool:
    section, dot, key = override.partition("=")[0].partition(".")
    return not dot or key in (settings.get(section) or {})


def middle(values: Iterable[float]) -> float:
    """Return the median; NaN of nothing."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else math.nan


def settled(values: Iterable[float], last: int) -> float:
    """Return the median of the last values, infinity if none is finite: one lucky step counts for nothing."""
    tail = [value for value in list(values)[-last:] if math.isfinite(value)]
    return middle(tail) if tail else math.inf


def first_line(error: BaseException) -> str:
    """Return what an error says, in a line."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__

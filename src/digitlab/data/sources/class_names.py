"""What the name of a class may be: told before a training, since a checkpoint with another could not be read back."""

from collections import Counter
from collections.abc import Sequence

from digitlab.data.sources.folder_walk import is_skipped
from digitlab.errors import UserError
from digitlab.system.plain_data import is_plain_text

MOST_CLASSES = 10_000  # a checkpoint's settings may have twice as many values
INTERPOLATION, MISSING = "${", "???"  # what mean something else in a configuration


def check_class_names(names: Sequence[str]) -> None:
    """Refuse names that are no names of folders, or that a configuration or a checkpoint could not hold.

    Raises:
        UserError: For the first one.
    """
    if not 2 <= len(names) <= MOST_CLASSES:
        raise UserError(f"data.classes must name 2..{MOST_CLASSES:,} class folders, got {len(names):,}")
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise UserError(f"data.classes must name each class once, got {name} {times} times")
    for name in names:
        fault = _fault(name)
        if fault:
            raise UserError(f"data.classes: {name if str(name).isprintable() else ascii(name)} {fault}")


def _fault(name: str) -> str:
    """Return what is wrong with a name, if anything; worded to follow it."""
    if not isinstance(name, str):
        return f"is not text; type '{name}', in quotes"
    if not name or "/" in name or "\0" in name or is_skipped(name):
        return "is not the name of one visible folder"
    if INTERPOLATION in name or name == MISSING:
        return "means something else in a configuration; rename the folder"
    if is_plain_text(name):
        return ""
    strange = next((character for character in name if not is_plain_text(character)), None)
    fault = "is too long" if strange is None else f"has the character U+{ord(strange):04X}, which cannot be shown"
    return f"{fault}; rename the folder"

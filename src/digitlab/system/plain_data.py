"""Plain data out of files that anybody may have written: numbers, text, lists and dictionaries, and not too many.

A file of some bytes can stand for a structure without end: names for parts that occur many times, within
themselves even. Whoever walks through such a thing never comes back, so it is copied once, with a limit.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

import yaml
from yaml import tokens

MOST_VALUES = 20_000  # a training configuration has some two hundred
DEEPEST = 20
LONGEST_TEXT = 4096
LARGEST_WHOLE = 2**63
CONTROLS = ("Cc", "Cs", "Zl", "Zp")  # steer a terminal, end a line or are half a character
DIRECTIONS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # turn the text around them: a name reads as another

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast
OPENING = (tokens.FlowSequenceStartToken, tokens.FlowMappingStartToken, tokens.BlockSequenceStartToken,
           tokens.BlockMappingStartToken)  # fmt: skip
CLOSING = (tokens.FlowSequenceEndToken, tokens.FlowMappingEndToken, tokens.BlockEndToken)


class NotPlainData(ValueError):
    """Something else, or too much of it; the text says what, worded to follow "holds"."""


def is_plain_text(value: object) -> bool:
    """Return whether a name or a text may stand in a configuration, a checkpoint or a path that is recorded.

    The one rule at both ends: what it accepts when a run starts is read back from its files. Joiners and spaces of any
    script belong to names (Persian and Hindi cannot be written without), so `str.isprintable` would be too narrow.
    """
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_TEXT
        and (
            value.isprintable()  # most are, and it takes no time
            or not any(unicodedata.category(sign) in CONTROLS or ord(sign) in DIRECTIONS for sign in value)
        )
    )


def plain(content: Any) -> Any:
    """Return a copy of nested data in which nothing is shared, its tuples as lists.

    Raises:
        NotPlainData: If there is more in it than numbers, plain text, `None`, lists, and dictionaries with text as
            keys; or too much.
    """
    count = 0

    def copy(value: Any, depth: int) -> Any:
        nonlocal count
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            raise NotPlainData("more than any settings do")
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int) and abs(value) < LARGEST_WHOLE:
            return value
        if is_plain_text(value):
            return value
        if isinstance(value, list | tuple):
            return [copy(item, depth + 1) for item in value]
        if isinstance(value, dict) and all(is_plain_text(key) for key in value):
            return {key: copy(item, depth + 1) for key, item in value.items()}
        raise NotPlainData(f"a {type(value).__name__} that is no setting")

    return copy(content, 0)


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML file as plain data; aliases, which we never write, are refused.

    Raises:
        NotPlainData: If it is no YAML, or not plain.
    """
    try:
        _check_tokens(yaml.scan(text, LOADER))
        return plain(yaml.load(text, LOADER))
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise NotPlainData(f"no YAML that can be read{where}") from None


def _check_tokens(found: Iterable[tokens.Token]) -> None:
    """Refuse what would make the parser work without end, at the first sign of it."""
    depth = count = 0
    for token in found:
        count += isinstance(token, tokens.ScalarToken)
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEPEST or count > 2 * MOST_VALUES:
            raise NotPlainData("more than any settings do")
        if isinstance(token, tokens.AliasToken | tokens.TagToken):
            raise NotPlainData("aliases or tags, which no run writes")

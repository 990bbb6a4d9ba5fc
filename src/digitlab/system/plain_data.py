"""Plain data out of files that anybody may have written: numbers, text, lists and dictionaries, and not too many.

A file of some bytes can stand for a structure without end: names for parts that occur again and again, within
themselves even. Whoever walks through such a thing never comes back, so it is copied once, with a limit.
"""

from collections.abc import Iterable
from typing import Any

import yaml
from yaml import tokens

MOST_VALUES = 20_000  # a training configuration has some two hundred
DEEPEST = 20
LONGEST_TEXT = 4096
LARGEST_WHOLE = 2**63


OPENING = (tokens.FlowSequenceStartToken, tokens.FlowMappingStartToken, tokens.BlockSequenceStartToken,
           tokens.BlockMappingStartToken)  # fmt: skip
CLOSING = (tokens.FlowSequenceEndToken, tokens.FlowMappingEndToken, tokens.BlockEndToken)


class NotPlainData(ValueError):
    """Something else, or too much of it; the text says what, worded to follow "holds"."""


def plain(content: Any) -> Any:
    """Return a copy of nested data in which nothing is shared, its tuples as lists.

    Raises:
        NotPlainData: If there is more in it than numbers, printable text, `None`, lists, and dictionaries with text as
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
        if isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable():
            return value
        if isinstance(value, list | tuple):
            return [copy(item, depth + 1) for item in value]
        if isinstance(value, dict) and all(isinstance(key, str) and key.isprintable() for key in value):
            return {key: copy(item, depth + 1) for key, item in value.items()}
        raise NotPlainData(f"a {type(value).__name__} that is no setting")

    return copy(content, 0)


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML file as plain data; aliases, which we never write, are refused.

    Raises:
        NotPlainData: If it is no YAML, or not plain.
    """
    try:
        _check_tokens(yaml.scan(text, yaml.SafeLoader))
        return plain(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise NotPlainData(f"no YAML that can be read{where}") from None


def _check_tokens(found: Iterable[tokens.Token]) -> None:
    """Refuse what would make the parser work for ever, at the first sign of it."""
    depth = 0
    for token in found:
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEPEST:
            raise NotPlainData("more than any settings do")
        if isinstance(token, tokens.AliasToken | tokens.TagToken):
            raise NotPlainData("aliases or tags, which no run writes")

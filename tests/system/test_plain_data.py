"""Plain data: what settings are made of passes, everything else is refused before anybody walks through it."""

import time
from typing import Any

import pytest

from digitlab.system.plain_data import NotPlainData, is_plain_text, parse_yaml, plain


def test_settings_pass_as_copies() -> None:
    shared = [1, 2.5, None, True, "Zürich"]
    content = {"a": shared, "b": {"c": (1, 2)}, "second": shared}
    copied = plain(content)
    assert copied == {"a": shared, "b": {"c": [1, 2]}, "second": shared}
    assert copied["a"] is not copied["second"]
    assert parse_yaml("a: [1, 2.5, null, true]\nb:\n  c: x\n") == {"a": [1, 2.5, None, True], "b": {"c": "x"}}


def endless() -> list[Any]:
    content: list[Any] = []
    content.append(content)
    return content


def doubling() -> list[Any]:
    content: list[Any] = [1]
    for _ in range(60):
        content = [content, content]
    return content


def wide() -> list[Any]:
    content: list[Any] = [1]
    for _ in range(15):
        content = [content] * 10
    return content


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (endless(), "more than any settings do"),
        (doubling(), "more than any settings do"),
        (wide(), "more than any settings do"),
        ({"a": 10**5000}, "a int that is no setting"),
        ({"a": "x" * 5000}, "a str that is no setting"),
        ({"a": "\x1b[2J"}, "a str that is no setting"),
        ({"a\n": 1}, "a dict that is no setting"),
        ({1: 1}, "a dict that is no setting"),
        ({"a": b"x"}, "a bytes that is no setting"),
        ({"a": {1, 2}}, "a set that is no setting"),
        (print, "a builtin_function_or_method that is no setting"),
    ],
)
def test_what_is_more_or_other_is_refused_at_once(content: Any, held: str) -> None:
    started = time.monotonic()
    with pytest.raises(NotPlainData, match=held):
        plain(content)
    assert time.monotonic() - started < 2


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (LAUGHS, "aliases or tags"),
        ("a: !!python/object/apply:os.getcwd []", "aliases or tags"),
        ("a: [1", r"no YAML that can be read \(line [12]\)"),
        ("a: b: c", "no YAML that can be read"),
        ("[" * 3000 + "]" * 3000, "no YAML|more than"),
        ("a: 2020-01-01", "a date that is no setting"),
        ("\x00", "no YAML"),
    ],
)
def test_other_yaml_is_refused(text: str, held: str) -> None:
    with pytest.raises(NotPlainData, match=held):
        parse_yaml(text)


@pytest.mark.parametrize(
    "text", ["", "Zürich", "می\u200cشود", "a\u00a0b", "क्\u200dष", "\ufeffa", "७", "a" * 4096, "👩\u200d🔬"]
)
def test_names_of_all_scripts_are_plain_text(text: str) -> None:
    assert is_plain_text(text)
    assert plain({text: text}) == {text: text}


@pytest.mark.parametrize(
    "text", ["\n", "a\x1b[2J", "\x00", "\u2028", "\u202ename", "\u2066", "\ud800", "a" * 4097, 3, None, b"a"]
)
def test_what_steers_a_terminal_is_not(text: object) -> None:
    assert not is_plain_text(text)

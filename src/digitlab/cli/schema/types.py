"""Kinds of values: the words and the test of a rule, in one object."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What a value must be.

    Attributes:
        allowed: In words, to follow "must be".
        accepts: Whether a value is.
        choices: The values themselves, where they can be listed.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    choices: tuple[str, ...] = ()


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(low: int, high: int | None = None) -> Rule:
    """Return the rule of an integer from `low` to `high`, both included."""
    allowed = f"a whole number of at least {low}" if high is None else f"a whole number in {low}..{high}"
    return Rule(allowed, lambda value: _is_int(value) and low <= value and (high is None or value <= high))


def at_least(low: float) -> Rule:
    """Return the rule of a finite number from `low` upwards."""
    return Rule(f"a number of at least {low:g}", lambda value: _is_number(value) and value >= low)


def above(low: float) -> Rule:
    """Return the rule of a finite number greater than `low`."""
    return Rule(f"a number above {low:g}", lambda value: _is_number(value) and value > low)


def between(low: float, high: float, brackets: str = "()") -> Rule:
    """Return the rule of a number in an interval; a round bracket leaves the end out."""
    above_low = operator.ge if brackets[0] == "[" else operator.gt
    below_high = operator.le if brackets[1] == "]" else operator.lt
    allowed = f"a number in {brackets[0]}{low:g}, {high:g}{brackets[1]}"
    return Rule(allowed, lambda value: _is_number(value) and above_low(value, low) and below_high(value, high))


def one_of(*choices: str) -> Rule:
    """Return the rule of one name among several."""
    return Rule("one of " + ", ".join(choices), lambda value: value in choices, choices)


def only(number: int, meaning: str) -> Rule:
    """Return the rule of one number, which stands for something else."""
    return Rule(f"{number} {meaning}", lambda value: value == number)


def either(*rules: Rule) -> Rule:
    """Return the rule of what satisfies any of `rules`."""
    choices = tuple(choice for rule in rules for choice in rule.choices)
    allowed = " or ".join(rule.allowed for rule in rules)
    return Rule(allowed, lambda value: any(rule.accepts(value) for rule in rules), choices)


def many(rule: Rule, count: int | None = None) -> Rule:
    """Return the rule of a list of `count` values, or any number of them."""

    def accepts(value: Any) -> bool:
        fits = isinstance(value, list) and (count is None or len(value) == count)
        return fits and all(rule.accepts(item) for item in value)

    size = "" if count is None else f"of {count} values "
    return Rule(f"a list {size}in which each is {rule.allowed}", accepts)


def left_out(instead: str) -> Rule:
    """Return the rule of a setting that has no say here, whatever its value."""
    return Rule(f"left out: {instead}", lambda value: False)


FLAG = Rule("true or false", lambda value: isinstance(value, bool))
TEXT = Rule("text", lambda value: isinstance(value, str) and value != "")
ANYTHING = Rule("anything", lambda value: True)  # left to the constructor, which has the say on it
NULL = Rule("null", lambda value: value is None)
PART = Rule("a section with a _target_, or null", lambda value: value is None)  # a callback, a logger, a metric
SEED = whole(0, 2**32 - 1)

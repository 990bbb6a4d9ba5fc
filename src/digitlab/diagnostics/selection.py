"""Which rules are wanted."""

from collections.abc import Iterable, Sequence

from digitlab.diagnostics.result import GROUPS, Rule
from digitlab.errors import UserError

NAMES = {"lr": "DL302", **{name: f"DL{digit}" for digit, name in GROUPS.items()}}


def select(rules: Iterable[Rule], checks: str | Sequence[str] | None, mute: str | Sequence[str] = ()) -> list[Rule]:
    """Return the rules that are wanted, in their order.

    Args:
        rules: All there are.
        checks: Codes, beginnings of codes or names of groups; `None` for all.
        mute: The same, of what is not wanted.

    Raises:
        UserError: For a name that is none, or if nothing is left.
    """
    rules = list(rules)
    wanted = rules if checks is None else [rule for rule in rules if rule.code in _codes(rules, checks, "checks")]
    unwanted = _codes(rules, mute, "mute")
    left = [rule for rule in wanted if rule.code not in unwanted]
    if not left:
        raise UserError("checks and mute leave nothing to look at")
    return left


def _codes(rules: list[Rule], names: str | Sequence[str], key: str) -> set[str]:
    found: set[str] = set()
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list | tuple | set) or not all(isinstance(name, str) for name in listed):
        raise UserError(f"{key} must be names of checks, got {names!r}")
    for name in listed:
        beginning = NAMES.get(name.lower(), name.upper())
        codes = {rule.code for rule in rules if rule.code.startswith(beginning)} if beginning[:2] == "DL" else set()
        if not codes:
            groups = ", ".join(NAMES)
            raise UserError(
                f"{key}={name} is no check; name a code ({rules[0].code}), its beginning (DL1), or {groups}"
            )
        found |= codes
    return found

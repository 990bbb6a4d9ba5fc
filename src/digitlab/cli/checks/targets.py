"""The `_target_`s of a configuration: each on its section's allow-list, there, and willing to take its arguments."""

from collections.abc import Mapping
from typing import Any

from digitlab.cli.checks.signatures import find
from digitlab.cli.checks.source import Absent
from digitlab.errors import UserError, did_you_mean
from digitlab.safe_instantiate import allowed_in, is_allowed, not_allowed, targets

SHOWN = 12  # arguments in a refusal; Lightning's Trainer has forty


def check_targets(config: Mapping[str, Any], of: str = "") -> None:
    """Refuse the first `_target_` that may not be called, is not there, or does not take what is configured.

    Nothing is imported: what cannot be told from source files passes.

    Args:
        config: Sections as plain data.
        of: What they come from, to stand in front of a refusal.

    Raises:
        UserError: With the full key.
    """
    for key, section in targets(config):
        name, allowed = section["_target_"], allowed_in(key)
        if not isinstance(name, str) or not is_allowed(name, allowed):
            raise UserError(f"{of}{not_allowed(key, name, allowed)}")
        try:
            found = find(name)
        except Absent as error:
            raise UserError(f"{of}{key}._target_={name} cannot be imported: {error}") from None
        if found is None:
            continue
        if not is_allowed(f"{found.module}.", allowed):
            raise UserError(f"{of}{not_allowed(key, name, allowed)}; it is defined in {found.module}")
        if found.arguments is not None:
            _check_arguments(key, section, found.arguments, of)


def _check_arguments(key: str, section: Mapping[str, Any], accepted: tuple[str, ...], of: str) -> None:
    for name in section:
        if name not in accepted and not (name.startswith("_") and name.endswith("_")):
            more = ", ..." if len(accepted) > SHOWN else ""
            hint = did_you_mean(name, accepted) or f"; it takes {', '.join(accepted[:SHOWN])}{more}"
            raise UserError(f"{of}{key}.{name} is not an argument of {section['_target_']}{hint}")

"""What was typed behind a command, parsed by Hydra's own grammar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from digitlab.cli.arguments import check_flags
from digitlab.system.quoting import quoted, unquoted

CONTINUED = ("resume", "sweep")  # their values are one place each, whatever characters it is made of


@dataclass(frozen=True)
class Typed:
    """Settings and flags.

    Attributes:
        overrides: The settings, in their order.
        multirun: Whether `-m` was typed.
        config_dir: A folder of a person's own YAML files, if one was named.
    """

    overrides: Sequence[Override]
    multirun: bool = False
    config_dir: str | None = None

    def value(self, key: str) -> Any:
        """Return the value that was typed last for `key`, or `None`."""
        found = [override for override in self.overrides if override.key_or_group == key]
        return found[-1].value() if found else None

    def changes(self, *without: str) -> list[str]:
        """Return the settings as they were typed, but for some keys and for Hydra's own."""
        return [
            str(override.input_line)
            for override in self.overrides
            if override.key_or_group not in without and not override.is_hydra_override()
        ]


def parse(command: str, arguments: Sequence[str]) -> Typed:
    """Return what was typed.

    Args:
        command: "train", "eval" or "baseline".
        arguments: As typed.

    Raises:
        UserError: For flags that do not exist.
        OverrideParseException: For what is no setting.
    """
    check_flags(arguments, command)
    found = get_args_parser().parse_args(list(arguments))
    settings = [_place_quoted(text) for text in found.overrides]
    return Typed(OverridesParser.create().parse_overrides(settings), found.multirun, found.config_dir)


def _place_quoted(text: str) -> str:
    """Return `resume=it's here` with quotes, which a shell has taken off or its completion never set."""
    key, _, value = text.partition("=")
    return f"{key}={quoted(unquoted(value))}" if key in CONTINUED and value not in ("", "null") else text

"""What was typed behind a command, parsed by Hydra's own grammar and refused in a line where Hydra would take ten."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.hints import key_hint
from digitlab.errors import UserError
from digitlab.system.quoting import quoted, unquoted

CONTINUED = ("resume", "sweep")  # their values are one place each, whatever characters it is made of
REMOVABLE = ("callbacks.", "logger.")  # what may also be left out with a ~ in front


@dataclass(frozen=True)
class Typed:
    """Settings and flags.

    Attributes:
        overrides: The settings, in their order.
        multirun: Whether `-m` was typed.
        config_dir: A folder of a person's own YAML files, if one was named.
        planned: Whether the settings of the run itself were typed, as those of a job of a sweep that begins now.
    """

    overrides: Sequence[Override]
    multirun: bool = False
    config_dir: str | None = None
    planned: bool = False

    def value(self, key: str) -> Any:
        """Return the value that was typed last for `key`, or `None`."""
        found = [override for override in self.overrides if override.key_or_group == key]
        return found[-1].value() if found else None

    def changes(self, *without: str) -> list[Override]:
        """Return the settings that are typed behind `resume=`, but for some keys and for Hydra's own."""
        other = [override for override in self.overrides if override.key_or_group not in ("resume", *without)]
        return [override for override in other if not override.is_hydra_override()]


def parse(command: str, arguments: Sequence[str]) -> Typed:
    """Return what was typed.

    Raises:
        UserError: For what is no text, flags that do not exist, and the removal of what every run needs.
        OverrideParseException: For what is no setting.
    """
    for argument in arguments:
        _check_text(argument)
        key = argument[1:].partition("=")[0]
        if argument.startswith("~") and not key.startswith(REMOVABLE):
            raise UserError(
                f"{argument}: a setting cannot be removed, only changed, as {key}=...; callbacks and loggers are left "
                "out with callbacks.<name>=null"
            )
    found = _flags(command, arguments)
    settings = [_place_quoted(text) for text in found.overrides]
    shows = next((f"--{flag}" for flag in ("cfg", "info", "resolve") if getattr(found, flag, None)), None)
    continued = next((text for text in settings if text.startswith(tuple(f"{key}=" for key in CONTINUED))), None)
    if shows and continued and not continued.endswith("=null"):
        raise UserError(
            f"{shows} shows what is composed, and {continued} goes by config.yaml in its directory; read that"
        )
    return Typed(OverridesParser.create().parse_overrides(settings), found.multirun, found.config_dir)


def _check_text(argument: str) -> None:
    """Refuse bytes that Python could not read; it reads UTF-8 in every locale, unless it is told not to."""
    raw = argument.encode("utf-8", "surrogateescape")
    printable = raw.decode("ascii", "backslashreplace")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{printable} is not text: its bytes are not UTF-8; type it anew") from None
    if whole != argument:
        raise UserError(f"{printable} cannot be read in this locale; set PYTHONUTF8=1 or LC_ALL=C.UTF-8")


def _flags(command: str, arguments: Sequence[str]) -> Namespace:
    """Return what Hydra's parser finds; it refuses flags that do not exist, or that stand between settings."""

    def refuse(message: str) -> NoReturn:
        hint, unknown = "", message.partition("unrecognized arguments: -")[2]
        if unknown:  # the setting that `--lr 0.1` or `--lr=0.1` stands for, if there is one
            files, key = ConfigFiles(command, arguments), unknown.lstrip("-").split()[0].partition("=")[0]
            key = key.replace("-", "_")
            hint = f"; did you mean {key}=...?" if key in files.known() else key_hint(key, files)
        elif "=" in message:
            message = f"flags go in front of the settings, or behind them: {message}"
        raise UserError(
            f"{message}; flags are -m for a sweep, --cfg job to see the configuration, --help; settings are "
            f"key=value{hint}"
        )

    parser = get_args_parser()
    parser.error = refuse  # type: ignore[method-assign]
    return parser.parse_args(list(arguments))


def _place_quoted(text: str) -> str:
    """Return `resume=it's here` with quotes, which a shell has taken off or its completion never set."""
    key, _, value = text.partition("=")
    return f"{key}={quoted(unquoted(value))}" if key in CONTINUED and value not in ("", "null") else text


def overrides_of_one_run(arguments: Sequence[str]) -> list[str]:
    """Return the overrides among arguments whose flags are right; of what a sweep varies, the first value."""
    found = get_args_parser().parse_args(list(arguments))
    return [_first_value(text) for text in found.overrides] if found.multirun else list(found.overrides)


def _first_value(override: str) -> str:
    try:
        parsed = OverridesParser.create().parse_override(override)
        swept = parsed.is_discrete_sweep() and not isinstance(parsed.value(), Glob)  # only Hydra's loader knows names
        first = next(parsed.sweep_string_iterator(), None) if swept else None
    except (HydraException, ValueError):
        return override
    return override if first is None else f"{parsed.get_key_element()}={first}"

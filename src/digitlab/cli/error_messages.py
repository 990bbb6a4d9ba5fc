"""Errors of Hydra, OmegaConf and the system in our words: a line for each fault, in configuration keys."""

import contextlib
import re
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, InstantiationException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitlab.cli.compose import compose_command
from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.hints import key_hint, unknown_option
from digitlab.cli.schema.rules import value_faults
from digitlab.cli.typed import CONTINUED, overrides_of_one_run, parse
from digitlab.errors import UserError
from digitlab.paths import shown

PLUS = "+{key}: it is there already; without the plus it can be changed, as {key}=..."
HYDRA = {  # what Hydra says about an override, the key being found in it, and what we say
    r"Could not override '([^']+)'": "{key} is not a configuration key{hint}",
    r"An item is already at '([^']+)'": PLUS,
    r"Multiple values for ([\w/]+)\.": PLUS,
    r"force-add of config groups is not supported: '\++([^=']+)": PLUS,
    r"Ambiguous value for argument '([^=']+)": "{first}; several values are a sweep, with -m; a fraction has a point",
    r"Error merging override \+*([^=]+)=": "{key}: {cause}{hint}",
}
NO_SECTION = re.compile(r"node `([\w.]+)` is not a container and thus cannot contain `(\w+)`")
INTERPOLATION = re.compile(r"^(?:Interpolation key '|Unsupported interpolation type )([\w.]+)")
NO_NAME = re.compile(r"=([\d.]+|true|false|null)$")  # what is typed for an option and cannot be one
NOT_UNDERSTOOD = "{0} is not understood; an override is key=value, with quotes in quotes: 'key=\"a value\"'{1}"


def explain(error: BaseException, config_name: str, arguments: Sequence[str]) -> str:
    """Return what to tell a person: a line, or several if the command line has several faults.

    The text of a `UserError` is passed on as it is, even if OmegaConf has wrapped it, while a value was worked out.
    What is wrong with other values that were typed follows, if nothing has looked at them yet.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UserError):
        cause = cause.__cause__ or cause.__context__
    files = ConfigFiles(config_name, arguments)
    lines = _faults(error, files, arguments) if cause is None else str(cause).strip().split("\n")
    return "\n".join([*lines, *_unsaid(lines, files, arguments)])


def _unsaid(lines: Sequence[str], files: ConfigFiles, arguments: Sequence[str]) -> list[str]:
    """Return what is wrong with values that were typed and is in none of the lines; nothing if they do not compose."""
    with contextlib.suppress(HydraException, OmegaConfBaseException, ValueError):
        typed, overrides = parse(files.name, arguments), overrides_of_one_run(arguments)
        continued = any(typed.value(key) is not None for key in CONTINUED)  # with settings in the run's own file
        if continued or not all(folder.is_dir() for folder in files.folders):
            return []
        parsed = OverridesParser.create().parse_overrides(overrides)
        suspects = value_faults({each.key_or_group: each.value() for each in parsed})
        if any(not _is_in(fault, lines) for fault in suspects):  # a third of a second, for what only composing tells
            found = _value_faults(compose_command(files, overrides), overrides)
            return [fault for fault in found if not _is_in(fault, lines)]
    return []


def _is_in(fault: str, lines: Sequence[str]) -> bool:
    return any(fault in line for line in lines)


def _faults(error: BaseException, files: ConfigFiles, arguments: Sequence[str]) -> list[str]:
    """Return what is wrong with a command line: compose without what is known to be wrong until nothing else is."""
    overrides = overrides_of_one_run(arguments)
    lines: list[str] = []
    while True:
        line, wrong = _explain_override(error, files, overrides)
        if line is None:
            return [*lines, _explain_other(error, files, overrides)]
        lines.append(line)
        if not wrong:
            return lines
        overrides = [override for override in overrides if override not in wrong]
        if not overrides:
            return lines
        try:
            config = compose_command(files, overrides)
        except Exception as another:
            error = another
        else:
            return [*lines, *_value_faults(config, overrides)]


def _explain_override(
    error: BaseException, files: ConfigFiles, overrides: Sequence[str]
) -> tuple[str | None, list[str]]:
    """Return what is wrong with which overrides; `None` for a fault that is none of an override."""
    text = str(error).strip()
    if isinstance(error, OverrideParseException):
        groups = [group for group in files.defaults if error.override in files.options(group)]
        hint = f"; did you mean {groups[0]}={error.override}?" if groups else ""
        return NOT_UNDERSTOOD.format(error.override, hint), [text for text in overrides if text == error.override]
    if isinstance(error, MissingConfigException) and "/" in (error.missing_cfg_file or ""):
        group, _, option = str(error.missing_cfg_file).rpartition("/")
        wrong = [text for text in overrides if _key(text) == group and option in re.split(r"[^\w.-]+", text)]
        return unknown_option(group, option, files), wrong
    if "Config group override must be" in text:
        wrong = [text for text in overrides if _key(text) in files.defaults and NO_NAME.search(text)]
        return f"{', '.join(wrong)}: a group takes the name of one of its options, not null", wrong
    for pattern, words in HYDRA.items():
        found = re.search(pattern, text)
        if found:
            key, cause = found.group(1), str(error.__cause__).partition("\n")[0]
            hint = "" if key in files.known() else key_hint(key, files)
            line = words.format(key=key, hint=hint, first=text.splitlines()[0], cause=cause)
            return line, [text for text in overrides if _key(text) == key]
    return None, []


def _explain_other(error: BaseException, files: ConfigFiles, overrides: Sequence[str]) -> str:
    text = str(error).strip()
    section = NO_SECTION.search(text)
    if section is not None:
        return f"{section[1]} is a section; type its settings, as {section[1]}.{section[2]}=..."
    named = INTERPOLATION.search(text)
    if named is not None:
        keys = [_key(override) for override in overrides if f"${{{named[1]}" in override]
        return f"{', '.join(keys) or error.full_key}: {text.splitlines()[0]}"  # type: ignore[attr-defined]
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        file = error.missing_cfg_file
        if file != files.name:
            return f"{file} is not a configuration"
        folders = " or ".join(shown(folder) for folder in files.folders)
        return f"--config-name={file} does not exist in {folders}; there are {', '.join(files.options('.'))}"
    if isinstance(error, InstantiationException) and error.__cause__ is not None:
        return str(error.__cause__).splitlines()[0]
    return text.splitlines()[0] if text else type(error).__name__


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]


def _value_faults(config: DictConfig, overrides: Sequence[str]) -> list[str]:
    """Return what the rules say against values that were typed, but for interpolations, which may need more."""
    unresolved = OmegaConf.to_container(config, resolve=False)
    assert isinstance(unresolved, dict)
    keys = tuple(f"{_key(override)} must " for override in overrides if "${" not in override)
    return [fault for fault in value_faults(unresolved) if fault.startswith(keys)]  # type: ignore[arg-type]

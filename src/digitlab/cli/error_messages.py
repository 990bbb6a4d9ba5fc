"""Errors of Hydra, OmegaConf and the system in our words: a line for each fault, in configuration keys."""

import re
from collections.abc import Mapping, Sequence

from hydra.errors import InstantiationException, MissingConfigException, OverrideParseException

from digitlab.cli.composition import compose_without, typed_overrides, typed_value_faults
from digitlab.cli.config_files import ConfigFiles, flag_value
from digitlab.cli.hints import key_hint, option_hint
from digitlab.errors import UserError
from digitlab.paths import shown

TRACEBACK_VARIABLE = "DIGITLAB_TRACEBACK"  # 1: show where an error comes from; 0: do not, whatever else is set
PLUS = "+{key}: it is there already; without the plus it can be changed, as {key}=..."
HYDRA = {  # what Hydra says about an override, the key being found in it, and what we say
    r"Could not override '([^']+)'": "{key} is not a configuration key{hint}",
    r"An item is already at '([^']+)'": PLUS,
    r"Multiple values for ([\w/]+)\.": PLUS,
    r"force-add of config groups is not supported: '\++([^=']+)": PLUS,
    r"Ambiguous value for argument '([^=']+)": "{first}; several values are a sweep, with -m; a fraction has a point",
    r"Error merging override \+*([^=]+)=": "{key}: {cause}{hint}",
}
NOT_UNDERSTOOD = "{0} is not understood; an override is key=value, with quotes in quotes: 'key=\"a value\"'{1}"


def traceback_wanted(environment: Mapping[str, str], overrides: Sequence[str]) -> bool:
    """Return whether a person asked for tracebacks: by our variable, or as Hydra's users do.

    Args:
        environment: `DIGITLAB_TRACEBACK` decides where it is set; if not, `HYDRA_FULL_ERROR=1` asks for them.
        overrides: What was typed; `hydra.verbose=true`, or a logger's name for true, asks for them too.
    """
    ours = environment.get(TRACEBACK_VARIABLE)
    if ours is not None:
        return ours not in ("", "0")
    verbose = [text.partition("=")[2].lower() for text in overrides if text.lstrip("+").startswith("hydra.verbose=")]
    return environment.get("HYDRA_FULL_ERROR") == "1" or verbose[-1:] not in ([], ["false"], ["null"])


def explain(error: BaseException, config_name: str, arguments: Sequence[str]) -> str:
    """Return what to tell a person: a line, or several if the command line has several faults.

    Args:
        error: Of Hydra, OmegaConf or ours; the text of a `UserError` is passed on as it is.
        config_name: The command's primary configuration, whose keys are offered for a mistyped one.
        arguments: What was typed.
    """
    if isinstance(error, UserError):
        return str(error).strip()
    ours = _ours_below(error)
    if ours is not None:
        return str(ours)
    return "\n".join(_faults(error, ConfigFiles(config_name, arguments), arguments))


def explain_file(error: OSError) -> str:
    """Return what to tell about a file or folder that the system refuses; its name may be of any length."""
    return f"{shown(str(error.filename))[:200]}: {error.strerror}; give another place"


def _faults(error: BaseException, files: ConfigFiles, arguments: Sequence[str]) -> list[str]:
    """Return what is wrong with a command line: compose without what is known to be wrong until nothing else is."""
    overrides = typed_overrides(arguments)
    lines: list[str] = []
    while True:
        line, wrong = _explain_override(error, files, overrides)
        if line is None:
            return [*lines, _explain_other(error, arguments, files)]
        lines.append(line)
        if not wrong:
            return lines
        overrides = [override for override in overrides if override not in wrong]
        try:
            config = compose_without(files, overrides)
        except Exception as another:
            error = another
        else:
            return [*lines, *typed_value_faults(config, overrides)]


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
        return _unknown_option(group, option, files), wrong
    if "Config group override must be" in text:
        wrong = [text for text in overrides if _key(text) in files.defaults and _is_no_name(text.partition("=")[2])]
        return f"{', '.join(wrong)}: a group takes the name of one of its options, not null", wrong
    for pattern, words in HYDRA.items():
        found = re.search(pattern, text)
        if found:
            key, cause = found.group(1), str(error.__cause__).partition("\n")[0]
            line = words.format(key=key, hint=key_hint(key, files), first=text.splitlines()[0], cause=cause)
            return line, [text for text in overrides if _key(text) == key]
    return None, []


def _explain_other(error: BaseException, arguments: Sequence[str], files: ConfigFiles) -> str:
    text = str(error).strip()
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        file = error.missing_cfg_file
        if file != flag_value(arguments, "-cn", "--config-name"):
            return f"{file} is not a configuration"
        folders = " or ".join(shown(folder) for folder in files.folders)
        return f"--config-name={file} does not exist in {folders}; there are {', '.join(files.options('.'))}"
    if isinstance(error, InstantiationException) and error.__cause__ is not None:
        return str(error.__cause__).splitlines()[0]
    return text.splitlines()[0] if text else type(error).__name__


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]


def _is_no_name(value: str) -> bool:
    return value == "null" or re.fullmatch(r"[\d.]+|true|false", value) is not None


def _ours_below(error: BaseException | None) -> UserError | None:
    """Return the refusal of ours that OmegaConf has wrapped, one raised while a value was worked out, if it is one."""
    while error is not None and not isinstance(error, UserError):
        error = error.__cause__ or error.__context__
    return error


def _unknown_option(group: str, option: str, files: ConfigFiles) -> str:
    options = files.options(group)
    if not options:
        return f"{group}/{option} is not a configuration"
    return f"{group}={option} does not exist; {group} may be {', '.join(options)}{option_hint(group, option, files)}"

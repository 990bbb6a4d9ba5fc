"""Hydra's and OmegaConf's errors in one line and in configuration keys."""

import re
import sys
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import InstantiationException, MissingConfigException, OverrideParseException
from omegaconf import OmegaConf

from digitlab.cli.schema.rules import leaves
from digitlab.errors import UserError, did_you_mean
from digitlab.paths import config_dir, shown


def explain(error: BaseException, config_name: str) -> str:
    """Return what to tell a person.

    Args:
        error: Of Hydra, OmegaConf or ours; the text of a `UserError` is passed on as it is.
        config_name: The command's primary configuration, whose keys are offered for a mistyped one.
    """
    text = str(error).strip()
    if isinstance(error, UserError):
        return text
    ours = _ours_below(error)
    if ours is not None:
        return str(ours)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _unknown_option(error.missing_cfg_file, list(error.options or []))
    if isinstance(error, OverrideParseException):
        return f"{error.override} is not understood; an override is key=value, with quotes in quotes: 'key=\"a value\"'"
    if isinstance(error, InstantiationException) and error.__cause__ is not None:
        return str(error.__cause__).splitlines()[0]
    if text.startswith("Ambiguous value"):
        return f"{text.splitlines()[0]}; several values are a sweep, which needs -m"
    if "Config group override must be" in text:
        groups = [argument for argument in sys.argv[1:] if argument.endswith("=null")]
        return f"{', '.join(groups)}: a group takes the name of one of its options, not null"
    unknown = re.search(r"Could not override '([^']+)'", text)
    if unknown:
        key = unknown.group(1)
        groups, keys = _known_names(config_name)
        section = key.partition(".")[0]
        if section != key and section in groups and not any(name.startswith(f"{section}.") for name in keys):
            return f"{key} can be set once {section}=... is chosen"
        hint = ("" if "." in key else did_you_mean(key, groups)) or did_you_mean(key, keys)
        return f"{key} is not a configuration key{hint}"
    there = re.search(r"Could not append to config. An item is already at '([^']+)'", text)
    if there:
        return f"+{there.group(1)}: it is there already; without the plus it can be changed, as {there.group(1)}=..."
    return text.splitlines()[0] if text else type(error).__name__


def explain_file(error: OSError) -> str:
    """Return what to tell about a file or folder that the system refuses; its name may be of any length."""
    return f"{shown(str(error.filename))[:200]}: {error.strerror}; give another place"


def _ours_below(error: BaseException | None) -> UserError | None:
    """Return the refusal of ours that OmegaConf has wrapped, one raised while a value was worked out, if it is one."""
    while error is not None and not isinstance(error, UserError):
        error = error.__cause__ or error.__context__
    return error


def _unknown_option(file: str, options: list[str]) -> str:
    group, _, option = file.rpartition("/")
    if not options:
        return f"{file} is not a configuration"
    return f"{group}={option} does not exist; {group} may be {', '.join(options)}{did_you_mean(option, options)}"


def _known_names(config_name: str) -> tuple[list[str], list[str]]:
    """Return the groups, and the sections and keys of the configuration as it is without overrides."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_dir(config_name)), version_base="1.3"):
        plain: Any = OmegaConf.to_container(compose(config_name), resolve=False)
        groups = GlobalHydra.instance().config_loader().list_groups("")
    keys = [key for key, _ in leaves(plain)]
    return groups, [*keys, *{key.rpartition(".")[0] for key in keys}]

"""Which settings of an earlier start are typed again when its run or sweep goes on: harmless ones, and no others.

A run directory may come from anywhere, and Hydra can be told on a command line to call any function. So a file only
chooses among our options and sets what a rule of ours holds to a kind of value. The values themselves are checked
afterwards, like everything that is typed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digitlab.cli.schema.rules import rule_for
from digitlab.cli.schema.types import ANYTHING, TEXT
from digitlab.errors import UserError
from digitlab.paths import config_dir

OURS = ("resume", "hydra.run.dir", "paths.output_root")  # of each start by itself
NEVER = ("task",)
PLACES = ("paths.data_dir", "paths.output_root", "checkpoint")  # of files that are read with care, and of folders
CHOICE = re.compile(r"(?:choice|glob)\((.*)\)")
SWEEPER = re.compile(r"\+*hydra/(?:sweeper|launcher)=\w+|\+*hydra\.(?:sweeper|launcher)(?:\.[a-z]\w*)+=[^{}$]*")
PARAMS = re.compile(r"\+*hydra\.sweeper\.params\.(.*)")
CHOSEN = ("trainer.precision", "memory_format")  # by a probe, perhaps, which may choose otherwise another time
MADE_OF_DATA = ("model.", "data.", "optimizer.", "scheduler.", "augment.")  # whose `_target_`s get plain data only
REMOVED = re.compile(r"~(callbacks|logger)\.\w+")


def replayed(overrides: object, settings: Mapping[str, Any], typed: Sequence[str], where: str) -> Iterator[str]:
    """Yield the settings of the first start, without those that are typed now.

    Args:
        overrides: What `.hydra/overrides.yaml` of the run holds.
        settings: What its `config.yaml` holds, by dotted key.
        typed: Keys that are typed now.
        where: The run, to stand in front of a refusal.

    Raises:
        UserError: With the first that a file may not set.
    """
    if not isinstance(overrides, list) or not all(isinstance(override, str) for override in overrides):
        raise UserError(f"{where}: overrides.yaml must be a list of settings")
    for override in overrides:
        key = override.partition("=")[0]
        if key in typed or key in OURS:
            continue
        if not is_harmless(override):
            raise UserError(
                f"{where}: overrides.yaml sets {override}, and only options and values that have a rule are taken "
                "from a file; what you trust of it can be typed again, behind resume=..."
            )
        yield override
    for key in CHOSEN:
        rule = rule_for(key)
        if key in settings and key not in typed:
            if rule is None or not rule.accepts(settings[key]):
                raise UserError(f"{where}: in its config.yaml {key} is {settings[key]}, which is no value for it")
            yield f"{key}={settings[key]}"


def check_sweep(arguments: Sequence[str], typed: Sequence[str], command: str, where: str) -> None:
    """Refuse to go on with a sweep whose arguments, out of its sweep.json, do more than set values and vary them.

    Args:
        arguments: What stood behind the command.
        typed: Keys that are typed now.
        command: "train", "eval" or "baseline".
        where: The sweep, to stand in front of a refusal.

    Raises:
        UserError: With the first that a file may not set.
    """
    if not all(isinstance(argument, str) for argument in arguments):
        raise UserError(f"{where}: the arguments in sweep.json must be text; start the sweep anew")
    for argument in arguments:
        params = PARAMS.fullmatch(argument)
        swept = bool(SWEEPER.fullmatch(argument)) if params is None else is_harmless(params.group(1), command)
        if not swept and argument.partition("=")[0] not in typed and not is_harmless(argument, command):
            raise UserError(
                f"{where}: sweep.json says {argument}, and only options and values that have a rule are taken from a "
                "file; what you trust of it can be typed again, behind sweep=..."
            )


def is_harmless(override: str, command: str = "train") -> bool:
    """Return whether an override can do no more than choose an option of ours or set a value."""
    if REMOVED.fullmatch(override):
        return True
    key, equals, value = override.partition("=")
    key = key.lstrip("+")
    if not equals or "${" in value or "{" in value or not re.fullmatch(r"\w+(\.\w+)*", key):
        return False
    folder = config_dir(command) / key
    if folder.is_dir():
        return all(name == "null" or any(folder.glob(f"{name}.yaml")) for name in _options(value))
    if key in NEVER or key.rpartition(".")[2].startswith("_"):
        return False
    if key.startswith(MADE_OF_DATA):
        return True
    rule = rule_for(key)
    if rule is None:
        return False
    return key in PLACES or value == "null" or rule not in (TEXT, ANYTHING)


def _options(value: str) -> list[str]:
    """Return the names in a choice, one or several; what is no name becomes one that no option has."""
    several = CHOICE.fullmatch(value)
    names = [name.strip() for name in (several.group(1) if several else value).strip("[]").split(",")]
    return [name if re.fullmatch(r"[\w*]+", name) else "nothing of ours" for name in names]

"""Which settings of an earlier start are typed again when its run is resumed: harmless ones, and no others.

A run directory may come from anywhere, and Hydra can be told on a command line to call any function. So a file only
chooses among our options and sets what a rule of ours holds to a kind of value. The values themselves are checked
afterwards, like everything that is typed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digitlab.entry.kinds import ANYTHING, TEXT
from digitlab.entry.rules import rule_for
from digitlab.errors import UserError
from digitlab.paths import CONF_DIR

OURS = ("resume", "hydra.run.dir", "paths.output_root")  # of each start by itself
NEVER = ("task",)
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


def is_harmless(override: str) -> bool:
    """Return whether an override can do no more than choose an option of ours or set a value."""
    if REMOVED.fullmatch(override):
        return True
    key, equals, value = override.partition("=")
    key = key.lstrip("+")
    if not equals or "${" in value or "{" in value or not re.fullmatch(r"\w+(\.\w+)*", key):
        return False
    folder = CONF_DIR / key
    if folder.is_dir():
        return all(name == "null" or (folder / f"{name}.yaml").is_file() for name in _options(value))
    if key in NEVER or key.rpartition(".")[2].startswith("_"):
        return False
    if key.startswith(MADE_OF_DATA):
        return True
    rule = rule_for(key)
    if rule is None:
        return False
    return key == "paths.data_dir" or value == "null" or rule not in (TEXT, ANYTHING)


def _options(value: str) -> list[str]:
    """Return the names in a choice, one or a list; what is no name becomes one that no option has."""
    names = [name.strip() for name in value.strip("[]").split(",")]
    return [name if re.fullmatch(r"\w+", name) else "" for name in names]

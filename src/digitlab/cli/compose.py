"""Composing outside of a command: in a notebook, and for a group that is chosen anew behind `resume=`."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from digitlab.paths import config_dir


def compose_command(command: str, overrides: Sequence[str], own_dir: str | None = None) -> DictConfig:
    """Return the configuration of a command with Hydra's own section, not yet resolved.

    Args:
        command: "train", "eval" or "baseline".
        overrides: As typed.
        own_dir: A folder of a person's own YAML files.
    """
    GlobalHydra.instance().clear()
    given = list(overrides)
    if own_dir is not None:
        given.append(f"hydra.searchpath=[file://{Path(own_dir).absolute()}]")
    with initialize_config_dir(str(config_dir(command)), version_base="1.3"):
        return compose(command, overrides=given, return_hydra_config=True)


def chosen_settings(
    command: str, group: str, option: Any, own_dir: str | None, settings: dict[str, Any]
) -> dict[str, Any] | None:
    """Return `settings` with another option of a group, or `None` if `group` is none.

    Args:
        command: Whose groups these are.
        group: "logger", say.
        option: A name or several.
        own_dir: A folder of a person's own YAML files.
        settings: Plain and resolved; what the option refers to is taken from there.
    """
    folders = [config_dir(command), *([Path(own_dir)] if own_dir else [])]
    if not any((folder / group).is_dir() for folder in folders) or not isinstance(option, str | list):
        return None
    names = option if isinstance(option, str) else f"[{','.join(map(str, option))}]"
    usual: Any
    chosen: Any
    usual, chosen = (
        OmegaConf.to_container(compose_command(command, given, own_dir), resolve=False)
        for given in ([], [f"{group}={names}"])
    )
    usual.pop("hydra"), chosen.pop("hydra")
    result = copy.deepcopy(settings)
    section = chosen.get(group)
    if isinstance(section, dict) and section.get("_target_") != (settings.get(group) or {}).get("_target_", ""):
        result[group] = section  # another thing, or a group of several: as a whole
    _take_over(result, usual, chosen)
    resolved: dict[str, Any] = OmegaConf.to_container(OmegaConf.create(result), resolve=True)  # type: ignore[assignment]
    return resolved


def _take_over(result: dict[str, Any], usual: Any, chosen: Any) -> None:
    """Put into `result` in which way `chosen` differs from `usual`."""
    for key in {**usual, **chosen}:
        before, now = usual.get(key), chosen.get(key)
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict) and isinstance(result.get(key), dict) and now:
            _take_over(result[key], before, now)
        elif key in chosen:
            result[key] = now

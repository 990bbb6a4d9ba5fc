"""From settings to what a task needs: checked without torch first, then built by the task, and kept until it begins."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from digitlab.cli.checks.configuration import check_settings
from digitlab.errors import UserError

# The module of each command.
TASKS = {"train": "train", "eval": "evaluate", "diagnose": "diagnose", "baseline": "baseline"}

_prepared: dict[Path, Any] = {}


def task(command: str) -> ModuleType:
    """Return the module that does the work of a command; loads torch for all but the baseline."""
    return import_module(f"digitlab.tasks.{TASKS[command]}")


def prepare(command: str, settings: dict[str, Any]) -> Any:
    """Return what `settings` describe, checked and built.

    Args:
        command: "train", "eval" or "baseline".
        settings: Plain and resolved, with the run directory as `paths.output_dir`.

    Raises:
        UserError: With all faults that can be told without torch, or the first that cannot.
    """
    check_settings(command, settings)
    return build(command, settings)


def build(command: str, settings: dict[str, Any]) -> Any:
    """Return what settings that were checked describe.

    Raises:
        UserError: With what only torch, Lightning or the files can tell.
    """
    return task(command).prepare(settings)


def keep(directory: Path, prepared: Any) -> None:
    """Keep what was built for the run in `directory` until it begins."""
    _prepared[directory] = prepared


def take(directory: Path) -> Any:
    """Return what was built for a run, once.

    Raises:
        UserError: If it was not: a launcher that calls jobs in a way of its own.
    """
    if directory not in _prepared:
        raise UserError(f"hydra.run.dir={directory}: this run was not checked; start it with the command itself")
    return _prepared.pop(directory)

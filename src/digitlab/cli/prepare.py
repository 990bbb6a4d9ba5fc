"""From settings to what a task needs: checked without torch first, then built by the task, and kept until it begins."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from digitlab.cli.checks.configuration import check_settings

# The module of each command.
TASKS = {"train": "train", "eval": "evaluate", "diagnose": "diagnose", "baseline": "baseline"}

kept: dict[Path, Any] = {}  # what preflight has built, by run directory, until the run begins


def task(command: str) -> ModuleType:
    """Return the module that does the work of a command; loads torch for all but the baseline."""
    return import_module(f"digitlab.tasks.{TASKS[command]}")


def prepare(command: str, settings: dict[str, Any]) -> Any:
    """Return what plain, resolved settings describe, checked and built.

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

"""One run in its directory: prepared or to be prepared, locked, recorded however it ends."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import filter_overrides

from digitlab.cli.checks.configuration import check_settings
from digitlab.cli.prepare import build, task
from digitlab.cli.resume import resumed_settings
from digitlab.cli.typed import Typed
from digitlab.errors import Interrupted, UserError
from digitlab.paths import shown
from digitlab.runs.directories import CONFIG
from digitlab.runs.record import record_ending
from digitlab.system.command_line import restart_with, typed_arguments
from digitlab.system.commands import resume_command
from digitlab.system.locks import lock_directory
from digitlab.system.quoting import quoted
from digitlab.system.ranks import is_first
from digitlab.system.signals import raise_if_stopped


def run_job(command: str, directory: Path, number: int, overrides: Sequence[str], *, planned: bool) -> float | None:
    """Do one job of a sweep by the configuration that preflight has left in its directory.

    Its number, and the overrides that make it this job, are printed for people.

    Args:
        command: "train", "eval" or "baseline".
        directory: Of the job.
        number: Of the job.
        overrides: What makes it this job.
        planned: Whether preflight has done so just now, from what was typed.

    Raises:
        Exception: Whatever ended the work.
    """
    print(f"job {number}: {' '.join(filter_overrides(overrides))}", flush=True)
    return resume(command, directory, Typed([], planned=planned))


def checked_settings(command: str, directory: Path, typed: Typed) -> dict[str, Any]:
    """Return the settings with which the run in `directory` begins or continues.

    Raises:
        UserError: With the run in front of each fault: its configuration is missing or damaged, does not work, or would
            not be the same run with what is typed now.
        Finished: If there is nothing left to do.
    """
    settings = resumed_settings(directory, typed)
    try:
        check_settings(command, settings)
    except UserError as error:
        told, name = ("resume=", "checkpoint="), f"resume={shown(directory)}: "
        lines = [line if line.startswith(told) else name + line for line in str(error).split("\n")]
        raise UserError("\n".join(lines)) from error
    return settings


def resume(command: str, directory: Path, typed: Typed) -> float | None:
    """Begin or continue a run by the configuration in its directory."""
    settings = checked_settings(command, directory, typed)
    changes = [str(change.input_line) for change in typed.changes()]
    return perform(command, directory, lambda: build(command, settings), changes)


def perform(command: str, directory: Path, prepared: Callable[[], Any], changes: Sequence[str] = ()) -> float | None:
    """Do the work of a run, and leave a record of how it ended.

    Args:
        command: "train", "eval" or "baseline".
        directory: The run directory, locked while the work is prepared and done.
        prepared: Returns what the task takes.
        changes: What is typed behind `resume=`, for the further processes of one training.

    Raises:
        BaseException: Whatever ended the work; a signal with the command that resumes the run.
    """
    _restart_as(command, directory, changes)
    first = is_first()
    try:
        with lock_directory("resume", directory) if first else contextlib.nullcontext():
            built = prepared()
            raise_if_stopped()  # a library may have swallowed it
            return task(command).run(built)
    except BaseException as error:
        if first:
            record_ending(directory, error)
        if isinstance(error, Interrupted) and command == "train" and (directory / CONFIG).is_file():
            error.resume = resume_command(directory)
        raise


def _restart_as(command: str, directory: Path, changes: Sequence[str]) -> None:
    """Let the further processes of one training, which Lightning starts as it finds this one, take up this very run."""
    if command == "train":
        restart_with(command, [f"resume={quoted(directory)}", *changes])
        GlobalHydra.instance().clear()
        HydraConfig.instance().cfg = None  # Lightning would add settings of Hydra's
    else:
        restart_with(command, typed_arguments())

"""The way of a command: Hydra composes, preflight checks and builds, the task works, and errors become one line.

A run that is resumed and a sweep that is continued go by what their directories
hold, without Hydra. Heavy modules are imported late, so `--cfg job`, TAB completion and a typo do not pay for torch.

Exit codes: 0 done, 1 a fault in the program, jobs of a sweep that are not ok or a bound that was to be kept and was
not, 2 something the user gave does not work, 3 a run diverged, 128 and the signal's number for one that was stopped.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import filter_overrides
from omegaconf import DictConfig, OmegaConf

from digitlab.cli import preflight
from digitlab.cli.arguments import check_arguments
from digitlab.cli.checks.configuration import check_settings
from digitlab.cli.exits import leave_in_words, take_over_errors
from digitlab.cli.resume import Finished, of_run, resumed_settings, run_to_resume
from digitlab.cli.settings import settle
from digitlab.cli.sweeps.end import end_sweep
from digitlab.cli.sweeps.resume import continue_sweep
from digitlab.cli.typed import Typed, parse
from digitlab.data.sources.class_folders import class_names, find_folder
from digitlab.errors import Interrupted, UserError
from digitlab.paths import config_dir, home
from digitlab.runs.config_file import write_config
from digitlab.runs.directories import CONFIG, run_name
from digitlab.runs.record import record_ending
from digitlab.system.command_line import read_arguments, restart_with, typed_arguments
from digitlab.system.commands import resume_command
from digitlab.system.locks import lock_run
from digitlab.system.output import survive_unread_output
from digitlab.system.quoting import quoted
from digitlab.system.ranks import forget_stray_ranks, is_first
from digitlab.system.signals import install_handlers

OmegaConf.register_new_resolver("project_root", lambda: str(home()), replace=True)
OmegaConf.register_new_resolver("run_name", run_name, replace=True)
OmegaConf.register_new_resolver("class_folders", lambda *place: class_names(find_folder(*place)), replace=True)
OmegaConf.register_new_resolver("length", len, replace=True)


def launch(command: str, arguments: Sequence[str] | None = None) -> None:
    """Run a command.

    Args:
        command: "train", "eval" or "baseline".
        arguments: What was typed; those of this process by default.
    """
    # Waiting threads spin for a moment and then sleep; left alone they spin for milliseconds. An epoch of the CNN
    # on the digits, two cores: 0.9 s either way, beside another busy process 3 s against 24 s. libgomp reads it
    # when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    arguments = read_arguments() if arguments is None else arguments
    forget_stray_ranks()
    survive_unread_output()
    install_handlers()
    take_over_errors(arguments)
    with leave_in_words(command):
        check_arguments(arguments)
        typed = parse(command, arguments)
        if typed.value("resume") is not None:
            _resume(command, typed)
        elif typed.value("sweep") is not None:
            continue_sweep(command, typed)
        else:
            start = hydra.main(version_base="1.3", config_path=str(config_dir(command)), config_name=command)
            _start(command, start(Job(command)))


def _start(command: str, start: Callable[[], None]) -> None:
    """Let Hydra run or sweep; a sweep that a failed job has cut short is reported on all the same."""
    try:
        start()
    except Exception:
        sweep = preflight.sweep_under_way()
        if sweep is None:
            raise
        end_sweep(sweep)


class Job:
    """What Hydra calls for each run; a class of a module, so that launchers can send it to other processes.

    Args:
        command: "train", "eval" or "baseline".
    """

    def __init__(self, command: str) -> None:
        self.command = command

    def __call__(self, cfg: DictConfig) -> float | None:
        """Do the work in the directory that Hydra has made, and return the monitored metric.

        Raises:
            Exception: Whatever ended the work; it stands in result.json too.
        """
        directory = Path(cfg.paths.output_dir)
        hydra_config = HydraConfig.get()
        if OmegaConf.is_missing(hydra_config.job, "num"):
            prepared = preflight.take(directory)
            _restart_as(self.command, directory)
            with _resumable(self.command, directory):
                return perform(self.command, directory, prepared)
        if not (directory / CONFIG).is_file():  # of a sweeper that chooses as it goes, with another launcher than ours
            write_config(directory, settle(cfg, directory, in_sweep=True))
        return run_job(self.command, directory, hydra_config.job.num, hydra_config.overrides.task)


def run_job(command: str, directory: Path, number: int, overrides: Sequence[str]) -> float | None:
    """Do one job of a sweep by the configuration that preflight has left in its directory.

    Args:
        command: "train", "eval" or "baseline".
        directory: Its run directory.
        number: Of the job, for people.
        overrides: What makes it this job, for people.

    Raises:
        Exception: Whatever ended the work.
    """
    print(f"job {number}: {' '.join(filter_overrides(overrides))}", flush=True)
    _restart_as(command, directory)
    with _resumable(command, directory):
        return perform(command, directory, None)


def _restart_as(command: str, directory: Path, *changes: str) -> None:
    """Let the further processes of one training, which Lightning starts as it finds this one, take up this very run."""
    if command == "train":
        restart_with(command, [f"resume={quoted(directory)}", *changes])
        GlobalHydra.instance().clear()
        HydraConfig.instance().cfg = None  # Lightning would add settings of Hydra's
    else:
        restart_with(command, typed_arguments())


def perform(command: str, directory: Path, prepared: Any, settings: dict[str, Any] | None = None) -> float | None:
    """Do what was prepared, or prepare it first, and leave a record of how it ended.

    Args:
        command: "train", "eval" or "baseline".
        directory: The run directory.
        prepared: What preflight built; `None` to build it here.
        settings: What to build it from; those in the directory by default.
    """
    first = is_first()
    try:
        with lock_run(directory) if first else contextlib.nullcontext():
            if prepared is None:
                prepared = preflight.build(command, settings) if settings else _prepare(command, directory)
            return preflight.task(command).run(prepared)
    except BaseException as error:
        if first:
            record_ending(directory, error)
        raise


def _prepare(command: str, directory: Path) -> Any:
    with of_run(directory):
        return preflight.prepare(command, resumed_settings(directory, Typed([])))


def _resume(command: str, typed: Typed) -> None:
    if command != "train":
        raise UserError(f"resume= is of train.py; {command}.py can simply be started anew")
    try:
        settings = resumed_settings(run_to_resume(typed), typed)
    except Finished as finished:
        print(finished)
        return
    directory = Path(settings["paths"]["output_dir"])
    with of_run(directory):
        check_settings(command, settings)
    _restart_as(command, directory, *typed.changes("resume"))
    with _resumable(command, directory):
        perform(command, directory, None, settings)


@contextlib.contextmanager
def _resumable(command: str, directory: Path) -> Iterator[None]:
    """Name the command that resumes the run if a signal stops it."""
    try:
        yield
    except Interrupted as stop:
        if command == "train" and (directory / CONFIG).is_file():
            stop.resume = resume_command(directory)
        raise

"""One run in its directory: prepared or to be prepared, locked, recorded however it ends."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import filter_overrides
from omegaconf import DictConfig, OmegaConf

from digitlab.cli.prepare import build, prepare, take, task
from digitlab.cli.resume import of_run, resumed_settings
from digitlab.cli.settings import settle
from digitlab.cli.typed import Typed
from digitlab.errors import Interrupted
from digitlab.runs.config_file import write_config
from digitlab.runs.directories import CONFIG
from digitlab.runs.record import record_ending
from digitlab.system.command_line import restart_with, typed_arguments
from digitlab.system.commands import resume_command
from digitlab.system.locks import lock_directory
from digitlab.system.quoting import quoted
from digitlab.system.ranks import is_first


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
            prepared = take(directory)
            restart_as(self.command, directory)
            with resumable(self.command, directory):
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
    restart_as(command, directory)
    with resumable(command, directory):
        return perform(command, directory, None)


def restart_as(command: str, directory: Path, *changes: str) -> None:
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
        with lock_directory("resume", directory) if first else contextlib.nullcontext():
            if prepared is None:
                prepared = build(command, settings) if settings else _prepare(command, directory)
            return task(command).run(prepared)
    except BaseException as error:
        if first:
            record_ending(directory, error)
        raise


def _prepare(command: str, directory: Path) -> Any:
    with of_run(directory):
        return prepare(command, resumed_settings(directory, Typed([])))


@contextlib.contextmanager
def resumable(command: str, directory: Path) -> Iterator[None]:
    """Name the command that resumes the run if a signal stops it."""
    try:
        yield
    except Interrupted as stop:
        if command == "train" and (directory / CONFIG).is_file():
            stop.resume = resume_command(directory)
        raise

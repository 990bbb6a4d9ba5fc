"""The jobs of a sweep, one after the other, each as the command that it would be by itself.

A job that was cut off goes on where its last checkpoint stands, bit for bit; one that is done is left alone.
"""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus, filter_overrides, setup_globals
from omegaconf import DictConfig, open_dict

from digitlab.checkpoints.format import previous
from digitlab.checkpoints.header import read_header
from digitlab.cli.app import run_command
from digitlab.cli.sweeps.resume import is_override, own_arguments, typed_command
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import CONFIG, LAST, RESULT, read_result
from digitlab.runs.sweep_state import (
    DONE,
    FAILED,
    INTERRUPTED,
    NOT_STARTED,
    OK,
    RUNNING,
    Job,
    SweepState,
    lock_sweep,
    read_sweep_state,
)
from digitlab.system.isolated_process import Ending, run_isolated
from digitlab.system.quoting import quoted
from digitlab.system.signals import SIGNALS, signals_deferred, stop_requested

OF_THE_SWEEP = ("hydra.mode=", "hydra.run.", "hydra.sweep", "hydra.launcher", "hydra/sweeper", "hydra/launcher")


def run_jobs(config: DictConfig, loader: ConfigLoader, batch: Sequence[Sequence[str]], start: str) -> list[JobReturn]:
    """Run what is not done of a batch of jobs, and return the monitored metric of each that is ok.

    Args:
        config: The sweep's, with Hydra's own section.
        loader: Composes the jobs' from it.
        batch: The overrides of each job.
        start: How a process begins, "fork" or "spawn".

    Raises:
        Interrupted: If a signal asked to stop, once the job under way has ended.
        UserError: If another process works on the same sweep, or two of its jobs would share a directory.
    """
    setup_globals()
    sweep = Path(config.hydra.sweep.dir)
    sweep.mkdir(parents=True, exist_ok=True)
    with lock_sweep(sweep), signals_deferred():
        name = config.hydra.job.config_name
        state = read_sweep_state(sweep) or SweepState(name, typed_command(name), own_arguments(sys.argv[1:]))
        jobs = state.take(batch)
        configs = [_compose(config, loader, job) for job in jobs]
        _refuse_shared(state)
        state.write(sweep)
        left = [job for job in jobs if job.status not in DONE]
        if len(left) < len(jobs):
            print(f"{shown(sweep)}: {len(jobs) - len(left)} of {len(jobs)} jobs are done already", flush=True)
        for job in left:
            if not stop_requested():
                _run(job, state, sweep, start, config)
        if stop_requested():
            from digitlab.cli.sweeps.table import report

            report(sweep)
    return [_returned(job, sweep, cfg) for job, cfg in zip(jobs, configs, strict=True)]


def _compose(config: DictConfig, loader: ConfigLoader, job: Job) -> DictConfig:
    cfg = loader.load_sweep_config(config, job.overrides)
    with open_dict(cfg):
        cfg.hydra.job.id = cfg.hydra.job.num = job.number
    HydraConfig.instance().set_config(cfg)  # for directories that are named with ${hydra:...}
    job.directory = str(cfg.hydra.sweep.subdir)
    return cfg


def _run(job: Job, state: SweepState, sweep: Path, start: str, config: DictConfig) -> None:
    """Run one job in its own process and note in the state what came of it."""
    directory = sweep / job.directory
    arguments = [*_flags(), *filter_overrides(job.overrides)]
    arguments += [text for text in config.hydra.overrides.hydra if not text.startswith(OF_THE_SWEEP)]
    if job.status != NOT_STARTED:
        arguments += go_on_or_clear(directory)
    arguments += [f"hydra.run.dir={quoted(directory.absolute())}", f"hydra.job.num={job.number}"]
    job.status, job.error = RUNNING, None
    state.write(sweep)
    ending = run_isolated(start, run_command, state.command, arguments)
    job.status, job.error = judged(ending, read_result(directory))
    state.write(sweep)


def _refuse_shared(state: SweepState) -> None:
    """Refuse a sweep of which two jobs would write into one directory.

    Raises:
        UserError: With the directory.
    """
    owners: dict[str, int] = {}
    for job in state.jobs:
        if owners.setdefault(job.directory, job.number) != job.number:
            raise UserError(
                f"hydra.sweep.subdir must be another for each job, got {job.directory} for both "
                f"{owners[job.directory]} and {job.number}"
            )


def _flags() -> list[str]:
    """Return what was typed beside settings, as `--config-dir conf2`; -m is not among it."""
    return [text for text in own_arguments(sys.argv[1:]) if text.startswith("-") or not is_override(text)]


def go_on_or_clear(directory: Path) -> list[str]:
    """Return what makes a job that began before go on, or nothing, and an empty place, if it has to begin anew."""
    last, needed = directory / LAST, (directory / CONFIG, directory / ".hydra" / "overrides.yaml")
    checkpoints = [path for path in (last, previous(last)) if path.is_file()]
    if all(path.is_file() for path in needed) and any(map(_is_sound, checkpoints)):
        (directory / RESULT).unlink(missing_ok=True)  # of the start before; a kill would leave it to be read again
        return [f"resume={quoted(directory.absolute())}"]
    shutil.rmtree(directory, ignore_errors=True)
    return []


def _is_sound(checkpoint: Path) -> bool:
    try:
        read_header(checkpoint)
    except (UserError, OSError):
        return False
    return True


def judged(ending: Ending, result: Mapping[str, Any] | None) -> tuple[str, str | None]:
    """Return the status of a job, and in a line what was wrong.

    Args:
        ending: Of its process.
        result: What it has left in its result.json, if anything.
    """
    code, found = ending.exit_code, result or {}
    status, error = found.get("status"), found.get("error") or ending.message
    if code < 0:
        return f"killed (signal {-code})", None
    if code - 128 in SIGNALS:
        return INTERRUPTED, None
    if code == 0 and status == OK:
        return OK, None
    if status in (None, OK) or code == 0:
        return FAILED, error or f"it ended with exit code {code}{'' if found else ' and left no result'}"
    return str(status), error


def _returned(job: Job, sweep: Path, cfg: DictConfig) -> JobReturn:
    """Return what Hydra's sweepers want to know of a job."""
    result = (read_result(sweep / job.directory) or {}) if job.status == OK else {}
    value = result.get(str(cfg.monitor)) if "monitor" in cfg else None
    returned = JobReturn(overrides=job.overrides, status=JobStatus.COMPLETED)
    returned.return_value = value
    return returned

"""The jobs of a sweep, each in a process of its own, one or several at a time, so that none can hurt another."""

import contextlib
import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra.core.config_loader import ConfigLoader
from hydra.core.utils import JobReturn, JobStatus, filter_overrides, setup_globals
from hydra.core.utils import run_job as run_hydra_job
from hydra.types import HydraContext
from omegaconf import DictConfig

from digitlab.checkpoints.format import previous
from digitlab.checkpoints.header import read_header
from digitlab.cli.exits import leave_in_words
from digitlab.cli.run import Job as Task
from digitlab.cli.run import run_job
from digitlab.cli.settings import settle
from digitlab.cli.sweeps.grid import compose_job
from digitlab.errors import Interrupted, UserError
from digitlab.paths import script, shown
from digitlab.runs.config_file import read_config, write_config
from digitlab.runs.directories import CONFIG, LAST, RESULT, read_result
from digitlab.runs.sweep_state import FAILED, INTERRUPTED, OK, RUNNING, Job, SweepState, lock_sweep, read_sweep_state
from digitlab.system.commands import command as command_line
from digitlab.system.commands import resume_sweep_command
from digitlab.system.isolated_process import Ending, IsolatedProcess, first_ended
from digitlab.system.output import label_output
from digitlab.system.signals import SIGNALS, signals_deferred, stop_requested
from digitlab.system.threads import share_threads

START = "fork" if sys.platform == "linux" else "spawn"


def launch_jobs(
    config: DictConfig, loader: ConfigLoader, batch: Sequence[Sequence[str]], first: int, start: str, workers: int
) -> list[JobReturn]:
    """Run a batch of jobs, and return the monitored metric of each that is ok.

    Args:
        config: The sweep's, with Hydra's own section.
        loader: Composes the jobs' from it.
        batch: The overrides of each job.
        first: Number of the first of them.
        start: How a process begins, "fork" or "spawn".
        workers: Jobs at a time.

    Raises:
        Interrupted: If a signal asked to stop, once the jobs under way have ended.
    """
    setup_globals()
    sweep, command = Path(config.hydra.sweep.dir), config.hydra.callbacks.preflight.command
    with lock_sweep(sweep), stoppable(command, sweep):
        state = read_sweep_state(sweep) or SweepState(command, "", [])
        works, jobs = {}, []
        for number, overrides in enumerate(batch, start=first):
            cfg = compose_job(config, loader, list(overrides), number)
            directory = sweep / str(cfg.hydra.sweep.subdir)
            if not (directory / CONFIG).is_file():  # of a sweeper that chooses as it goes
                directory.mkdir(parents=True, exist_ok=True)
                write_config(directory, settle(cfg, directory, in_sweep=True))
            job = state.job(number, list(overrides), str(directory.relative_to(sweep)))
            jobs.append(job)
            works[number] = partial(_run_by_hydra, command, cfg)
        run_each(jobs, works, state, sweep, start, workers)
    return [_returned(job, sweep) for job in jobs]


def run_planned(jobs: Sequence[Job], state: SweepState, sweep: Path, start: str | None, workers: int | None) -> None:
    """Run jobs by the configurations in their directories, those that were cut off from where they stand."""
    works = {job.number: partial(_run_by_directory, state.command, sweep / job.directory, job) for job in jobs}
    with stoppable(state.command, sweep):
        run_each(jobs, works, state, sweep, start or START, workers or 1)


@contextlib.contextmanager
def stoppable(command: str, sweep: Path) -> Iterator[None]:
    """Let a signal wait until the jobs under way have saved; then report on all, and name the command that continues.

    Raises:
        Interrupted: If a signal asked to stop.
    """
    try:
        with signals_deferred():
            yield
    except Interrupted as stop:
        from digitlab.cli.sweeps.table import report  # rich, which only tables need

        report(sweep)
        stop.resume = resume_sweep_command(command, sweep)
        raise


def run_each(
    jobs: Sequence[Job], works: Mapping[int, Any], state: SweepState, sweep: Path, start: str, workers: int
) -> None:
    """Run each job in a process of its own, `workers` at a time, and note in the sweep's state what came of it.

    Nothing more is started once a signal has asked to stop.
    """
    left, running = deque(jobs), dict[IsolatedProcess, Job]()
    try:
        while True:
            while left and len(running) < workers and not stop_requested():
                job = left.popleft()
                job.status, job.error = RUNNING, None
                state.write(sweep)
                running[IsolatedProcess(start, _run_beside, workers, job.number, works[job.number])] = job
            if not running:
                return
            ended = first_ended(running)
            job = running.pop(ended)
            job.status, job.error = judged(ended.wait(), read_result(sweep / job.directory))
            state.write(sweep)
    finally:  # of a state that could not be written, say: those under way save
        for process in running:
            process.stop()


def _run_beside(workers: int, number: int, work: Callable[[], None]) -> None:
    """Do the work of a job; beside others, with a share of the threads and with its number before each line."""
    if workers > 1:
        label_output(f"[{number}] ")
        share_threads(workers)
    work()


def _run_by_hydra(command: str, cfg: DictConfig) -> None:
    with leave_in_words(command, f"job {cfg.hydra.job.num}: "):
        context = HydraContext(config_loader=None, callbacks=Callbacks(cfg))  # type: ignore[arg-type]
        done = run_hydra_job(
            hydra_context=context,
            task_function=Task(command),
            config=cfg,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
        if done.status is JobStatus.FAILED:
            raise done._return_value


def _run_by_directory(command: str, directory: Path, job: Job) -> None:
    with leave_in_words(command, f"job {job.number}: "):
        if not directory.is_dir():
            raise UserError(
                f"{shown(directory)} was removed, and its settings with it; start it by itself: "
                f"{command_line(script(command), *filter_overrides(job.overrides))}"
            )
        continue_or_clear(directory)
        run_job(command, directory, job.number, job.overrides)


def continue_or_clear(directory: Path) -> None:
    """Leave what a job can continue from, or nothing but its configuration if it has to begin anew.

    Raises:
        UserError: If the configuration is gone or damaged.
    """
    (directory / RESULT).unlink(missing_ok=True)  # of the start before; a kill would leave it to be read again
    checkpoints = [path for path in (directory / LAST, previous(directory / LAST)) if path.is_file()]
    if any(map(_is_sound, checkpoints)):
        return
    settings = read_config(directory, "sweep")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    write_config(directory, settings)


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


def _returned(job: Job, sweep: Path) -> JobReturn:
    """Return what Hydra's sweepers want to know of a job; `None` for one that is not ok."""
    result = (read_result(sweep / job.directory) or {}) if job.status == OK else {}
    returned = JobReturn(overrides=job.overrides, status=JobStatus.COMPLETED)
    returned.return_value = result.get(str(result.get("monitor")))
    return returned

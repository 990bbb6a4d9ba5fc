"""The jobs of a sweep, each in a process of its own, one or several at a time, so that none can hurt another."""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from hydra._internal.callbacks import Callbacks
from hydra.core.utils import JobReturn, JobStatus, filter_overrides
from hydra.core.utils import run_job as run_hydra_job
from hydra.types import HydraContext
from omegaconf import DictConfig

from digitlab.checkpoints.header import first_readable, read_header
from digitlab.cli.exits import leave_in_words
from digitlab.cli.run import run_job
from digitlab.cli.sweeps.grid import compose_job
from digitlab.cli.task_function import TaskFunction
from digitlab.errors import Interrupted, UserError
from digitlab.paths import script, shown
from digitlab.runs.config_file import read_config, write_config
from digitlab.runs.directories import FAILED, INTERRUPTED, LAST, OK, RESULT, find_checkpoints, read_result
from digitlab.runs.record import write_result
from digitlab.runs.sweep_state import Job, SweepState, read_sweep_state
from digitlab.system.commands import command as command_line
from digitlab.system.commands import resume_sweep_command
from digitlab.system.isolated_process import Ending, IsolatedProcess, first_ended
from digitlab.system.locks import lock_directory
from digitlab.system.output import label_output
from digitlab.system.signals import SIGNALS, received_signal, signals_deferred
from digitlab.system.threads import share_threads

Work = tuple[Job, Callable[[], object]]  # a job, and what its process has to do


def launch_jobs(
    config: DictConfig, batch: Sequence[Sequence[str]], first: int, start: str, workers: int
) -> list[JobReturn]:
    """Run a batch of jobs, and return the monitored metric of each that is ok.

    Args:
        config: The sweep's, with Hydra's own section.
        batch: The overrides of each job.
        first: Number of the first of them.
        start: How a process begins, "fork" or "spawn".
        workers: Jobs at a time.

    Raises:
        Interrupted: If a signal asked to stop, once the jobs under way have ended.
    """
    sweep = Path(config.hydra.sweep.dir)
    with lock_directory("sweep", sweep):
        state = read_sweep_state(sweep)
        assert state is not None, f"{sweep} has lost its list of jobs"
        run_each(state, _composed(config, state, batch, first), start, workers)
    return [_returned(job) for job in state.jobs[first : first + len(batch)]]


def _composed(config: DictConfig, state: SweepState, batch: Sequence[Sequence[str]], first: int) -> Iterator[Work]:
    """Yield each job as Hydra runs it; that of a sweeper that chooses as it goes is planned now."""
    for number, overrides in enumerate(batch, start=first):
        directory, cfg = compose_job(config, list(overrides), number)
        if number == len(state.jobs):
            state.jobs.append(Job(number, list(overrides), directory))
            state.write()
        yield state.jobs[number], partial(_run_by_hydra, state.command, cfg)


def run_each(state: SweepState, works: Iterable[Work], start: str, workers: int) -> None:
    """Run each job in a process of its own, `workers` at a time.

    Once a signal has asked to stop, nothing more is started, and those under way save.

    Raises:
        Interrupted: After that, with the command that continues the sweep, and after a report on all jobs.
    """
    running: dict[IsolatedProcess, Job] = {}
    try:
        with signals_deferred():
            for job, work in works:
                if len(running) == workers:
                    _wait_for_one(state, running)
                if received_signal():
                    break
                running[IsolatedProcess(start, _do, state.command, job.number, workers, work)] = job
            while running:
                _wait_for_one(state, running)
    except Interrupted as stop:
        from digitlab.cli.sweeps.table import report  # rich, which only tables need

        report(state)
        stop.resume = resume_sweep_command(state.command, state.directory)
        raise
    finally:  # of a process that could not be started, say: those under way save
        for process in running:
            process.stop()


def _wait_for_one(state: SweepState, running: dict[IsolatedProcess, Job]) -> None:
    process = first_ended(running)
    complete_record(running.pop(process).directory, process.wait())
    state.write()  # anew, since `sweep=latest` is the sweep that was last at work


def _do(command: str, number: int, workers: int, work: Callable[[], object]) -> None:
    """Do the work of a job; beside others, with a share of the threads and with its number before each line."""
    if workers > 1:
        label_output(f"[{number}] ")
        share_threads(workers)
    with leave_in_words(command, f"job {number}: "):
        work()


def _run_by_hydra(command: str, cfg: DictConfig) -> None:
    context = HydraContext(config_loader=None, callbacks=Callbacks(cfg))  # type: ignore[arg-type]
    done = run_hydra_job(
        hydra_context=context,
        task_function=TaskFunction(command),
        config=cfg,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    if done.status is JobStatus.FAILED:
        raise done._return_value


def run_by_directory(command: str, job: Job) -> None:
    """Do a job by the configuration in its directory, one that was cut off from where it stands.

    Raises:
        UserError: If its settings are gone or damaged.
    """
    if not job.directory.is_dir():
        raise UserError(
            f"{shown(job.directory)} was removed, and its settings with it; start it by itself: "
            f"{command_line(script(command), *filter_overrides(job.overrides))}"
        )
    continue_or_clear(job.directory)
    run_job(command, job.directory, job.number, job.overrides, planned=False)


def continue_or_clear(directory: Path) -> None:
    """Leave what a job can continue from, or nothing but its configuration if it has to begin anew.

    Raises:
        UserError: If the configuration is gone or damaged.
    """
    (directory / RESULT).unlink(missing_ok=True)  # of the start before; a kill would leave it to be read again
    with contextlib.suppress(UserError):  # there is no checkpoint, or none that is sound
        first_readable(find_checkpoints("sweep", str(directory), directory, names=(LAST,)), read_header)
        return
    settings = read_config(directory, "sweep")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    write_config(directory, settings)


def complete_record(directory: Path, ending: Ending) -> None:
    """Write the `result.json` of a job that could not do so itself, or that came to a bad end after it was ok.

    Args:
        directory: Of the job.
        ending: Of its process.
    """
    code, result = ending.exit_code, read_result(directory) or {}
    if result and (code == 0 or result["status"] != OK):
        return
    if code - 128 in SIGNALS:
        result["status"] = INTERRUPTED
    elif code < 0:
        result |= {"status": FAILED, "error": f"killed (signal {-code})"}
    else:
        left = "" if result else " and left no result"
        result |= {"status": FAILED, "error": ending.message or f"it ended with exit code {code}{left}"}
    with contextlib.suppress(OSError):  # its directory is gone, or the disk is full, which may have ended it
        write_result(directory, result)


def _returned(job: Job) -> JobReturn:
    """Return what Hydra's sweepers want to know of a job; `None` for one that is not ok."""
    result = job.result()
    returned = JobReturn(overrides=job.overrides, status=JobStatus.COMPLETED)
    returned.return_value = result.get(str(result.get("monitor"))) if result["status"] == OK else None
    return returned

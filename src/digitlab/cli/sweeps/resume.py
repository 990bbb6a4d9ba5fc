"""`sweep=`: the jobs of a sweep that are not done, each by the configuration in its directory."""

from functools import partial
from pathlib import Path

from digitlab.cli.schema.rules import check_values
from digitlab.cli.sweeps.end import end_sweep
from digitlab.cli.sweeps.jobs import run_by_directory, run_each
from digitlab.cli.typed import Typed
from digitlab.errors import UserError
from digitlab.paths import home, script, shown
from digitlab.runs.directories import SWEEPS, expanded
from digitlab.runs.sweep_state import DONE, SWEEP_STATE, read_sweep_state
from digitlab.system.locks import lock_directory
from digitlab.system.trust import trust
from hydra_plugins.digitlab_processes.launcher import ProcessLauncherConf

START, WORKERS = "hydra.launcher.start", "hydra.launcher.workers"
FREE = ("sweep", "trust", "paths.output_root", START, WORKERS)


def continue_sweep(command: str, typed: Typed) -> None:
    """Run the jobs of the sweep that was typed which are not done, and report on all of it.

    Raises:
        UserError: If there is no such sweep, or more is typed than how to run it.
    """
    reference = str(typed.value("sweep"))
    if typed.value("resume") is not None:
        raise UserError("sweep= continues a sweep, resume= one run; leave one of them out")
    for change in typed.overrides:
        if change.key_or_group not in FREE:
            raise UserError(
                f"sweep={reference} continues the sweep as it was planned, and {change.input_line} would change it; "
                "leave it out, or start a new sweep"
            )
    trust(typed.value("trust"))
    start = typed.value(START) or ProcessLauncherConf.start
    workers = typed.value(WORKERS) or ProcessLauncherConf.workers
    check_values({START: start, WORKERS: workers})
    directory = find_sweep(reference, command, typed.value("paths.output_root") or home() / "outputs")
    with lock_directory("sweep", directory):
        state = read_sweep_state(directory)
        if state is None:
            raise UserError(f"sweep={reference}: {shown(directory / SWEEP_STATE)} cannot be read; start the sweep anew")
        if state.command != command:
            raise UserError(f"sweep={reference} was made by {script(state.command)}; continue it there")
        statuses = [job.result()["status"] for job in state.jobs]
        left = [job for job, status in zip(state.jobs, statuses, strict=True) if status not in DONE]
        if not left:
            counts = [f"{status} {statuses.count(status)}" for status in DONE]
            print(f"{shown(directory)} is finished, there is nothing left to do: {', '.join(counts)}")
            return
        done = len(state.jobs) - len(left)
        print(f"{shown(directory)}: {done} of {len(state.jobs)} jobs are done already", flush=True)
        run_each(state, [(job, partial(run_by_directory, command, job)) for job in left], start, workers)
    end_sweep(directory)


def find_sweep(reference: str, command: str, output_root: str | Path) -> Path:
    """Return the directory of the sweep that a person means: the one given, or of all sweeps that was last at work.

    Raises:
        UserError: If there is none.
    """
    path = expanded("sweep", reference)
    directory = path.parent if path.name == SWEEP_STATE else path
    if (directory / SWEEP_STATE).is_file():
        return directory.absolute()
    if path.exists():
        whole = (path if path.is_dir() else path.parent).absolute().parent
        is_job = (whole / SWEEP_STATE).is_file()
        hint = f"it is a job of sweep={shown(whole)}" if is_job else f"it lacks {SWEEP_STATE}"
        raise UserError(f"sweep={reference} is no directory of a sweep: {hint}")
    if reference != "latest":
        raise UserError(f"sweep={reference} does not exist; give the directory of a sweep, or latest")
    sweeps = Path(output_root) / command / SWEEPS
    state = max(sweeps.glob(f"*/{SWEEP_STATE}"), key=lambda file: file.stat().st_mtime_ns, default=None)
    if state is None:
        raise UserError(f"sweep=latest: there is no sweep below {shown(sweeps)}; start one with -m")
    return state.parent.absolute()

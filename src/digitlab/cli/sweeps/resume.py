"""`sweep=`: the jobs of a sweep that are not done, each by the configuration in its directory."""

from pathlib import Path

from digitlab.cli.sweeps.end import end_sweep
from digitlab.cli.sweeps.jobs import run_planned
from digitlab.cli.typed import Typed
from digitlab.errors import UserError
from digitlab.paths import home, script, shown
from digitlab.runs.directories import SWEEPS, expanded
from digitlab.runs.sweep_state import DONE, SWEEP_STATE, lock_sweep, read_sweep_state
from digitlab.system.signals import raise_if_stopped, signals_deferred
from digitlab.system.trust import trust

LAUNCHER = "hydra.launcher."
FREE = ("sweep", "trust", "paths.output_root", "hydra.launcher.start", "hydra.launcher.workers")


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
    directory = find_sweep(reference, command, typed.value("paths.output_root") or home() / "outputs")
    with lock_sweep(directory):
        state = read_sweep_state(directory)
        if state is None:
            raise UserError(f"sweep={reference}: {shown(directory / SWEEP_STATE)} cannot be read; start the sweep anew")
        if state.command != command:
            raise UserError(f"sweep={reference} was made by {script(state.command)}; continue it there")
        left = [job for job in state.jobs if job.status not in DONE]
        if not left:
            counts = [f"{status} {sum(job.status == status for job in state.jobs)}" for status in DONE]
            print(f"{shown(directory)} is finished, there is nothing left to do: {', '.join(counts)}")
            return
        print(
            f"{shown(directory)}: {len(state.jobs) - len(left)} of {len(state.jobs)} jobs are done already", flush=True
        )
        with signals_deferred():
            run_planned(left, state, directory, typed.value(f"{LAUNCHER}start"), typed.value(f"{LAUNCHER}workers"))
    raise_if_stopped()
    end_sweep(directory)


def find_sweep(reference: str, command: str, output_root: str | Path) -> Path:
    """Return the directory of the sweep that a person means: the one given, or of all sweeps that was last at work.

    Raises:
        UserError: If there is none.
    """
    path = expanded("sweep", reference)
    for directory in (path, path.parent) if path.name == SWEEP_STATE else (path,):
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
    states = sorted(sweeps.glob(f"*/{SWEEP_STATE}"), key=lambda file: file.stat().st_mtime_ns)
    if not states:
        raise UserError(f"sweep=latest: there is no sweep below {shown(sweeps)}; start one with -m")
    return states[-1].parent.absolute()

"""`sweep=`: the same sweep again, in the same directory, for the jobs that are not done."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from digitlab.cli.replay import check_sweep
from digitlab.cli.resume import Finished
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT, script, shown
from digitlab.runs.directories import SWEEPS, expanded
from digitlab.runs.sweep_state import DONE, SWEEP_STATE, SweepState, read_sweep_state
from digitlab.system.quoting import quoted, unquoted

NOT_ITS_OWN = ("sweep", "hydra.sweep.dir")  # where a sweep lies is no part of what it is
FREE = ("sweep", "paths.output_root", "hydra.launcher.start")  # what may be typed with sweep= and change nothing


def continued_arguments(arguments: Sequence[str], command: str) -> list[str]:
    """Return the arguments with which the sweep in `sweep=...` goes on, or `arguments` if it is not among them.

    Args:
        arguments: As typed.
        command: "train", "eval" or "baseline".

    Raises:
        UserError: If there is no such sweep, or it would not be the same.
        Finished: If all its jobs are done.
    """
    typed = {_key(argument): unquoted(argument.partition("=")[2]) for argument in arguments}
    reference = typed.get("sweep", "null")
    if reference == "null":
        return list(arguments)
    if typed.get("resume", "null") != "null":
        raise UserError("sweep= goes on with a sweep, resume= with one run; leave one of them out")
    directory = find_sweep(reference, command, typed.get("paths.output_root", PROJECT_ROOT / "outputs"))
    state = read_sweep_state(directory)
    if state is None:
        raise UserError(f"sweep={reference}: {shown(directory / SWEEP_STATE)} cannot be read; start the sweep anew")
    if state.command != command:
        raise UserError(f"sweep={reference} was made by {script(state.command)}; go on with it there")
    check_same(state, [text for text in arguments if _key(text) not in FREE], directory, missing=False)
    check_sweep(state.arguments, list(typed), command, f"sweep={shown(directory)}")
    if state.complete and all(job.status in DONE for job in state.jobs):
        counts = [f"{status} {sum(job.status == status for job in state.jobs)}" for status in DONE]
        raise Finished(f"{shown(directory)} is finished, there is nothing left to do: {', '.join(counts)}")
    launcher = [text for text in arguments if _key(text) == "hydra.launcher.start"]
    return ["-m", *state.arguments, *launcher, f"hydra.sweep.dir={quoted(directory.absolute())}"]


def find_sweep(reference: str, command: str, output_root: str | Path) -> Path:
    """Return the directory of the sweep that a person means: the one given, or of all sweeps that was last at work.

    Raises:
        UserError: If there is none.
    """
    path = expanded("sweep", reference)
    for directory in (path, path.parent) if path.name == SWEEP_STATE else (path,):
        if (directory / SWEEP_STATE).is_file():
            return directory
    if path.exists():
        whole = (path if path.is_dir() else path.parent).absolute().parent
        hint = f"it is a job of sweep={shown(whole)}" if (whole / SWEEP_STATE).is_file() else f"it lacks {SWEEP_STATE}"
        raise UserError(f"sweep={reference} is no directory of a sweep: {hint}")
    if reference != "latest":
        raise UserError(f"sweep={reference} does not exist; give the directory of a sweep, or latest")
    sweeps = Path(output_root) / command / SWEEPS
    plans = sorted(sweeps.glob(f"*/{SWEEP_STATE}"), key=lambda state: state.stat().st_mtime_ns)
    if not plans:
        raise UserError(f"sweep=latest: there is no sweep below {shown(sweeps)}; start one with -m")
    return plans[-1].parent


def check_same(state: SweepState, arguments: Sequence[str], directory: Path, *, missing: bool = True) -> None:
    """Refuse to go on with other settings than the sweep was started with.

    Args:
        state: Of the sweep.
        arguments: As typed now.
        directory: Of the sweep, for the message.
        missing: Whether it matters what is not typed again.

    Raises:
        UserError: With the first setting that differs.
    """
    before = {_key(text): text.partition("=")[2] for text in state.arguments}
    now = {_key(text): text.partition("=")[2] for text in own_arguments(arguments)}
    for key in [*now, *(before if missing else ())]:
        if key not in FREE and before.get(key) != now.get(key):
            raise UserError(
                f"sweep={shown(directory)} would not be the same sweep: {key} was {before.get(key, 'absent')}, now "
                f"{now.get(key, 'absent')}; leave it out, or start a new sweep"
            )


def own_arguments(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that make a sweep the sweep it is."""
    return [text for text in arguments if text not in ("-m", "--multirun") and _key(text) not in NOT_ITS_OWN]


def typed_command(command: str) -> str:
    """Return the command line as it was typed."""
    return f"{script(command)} {shlex.join(sys.argv[1:])}"


def is_override(text: str) -> bool:
    """Return whether an argument is a setting, as in `key=value`, `+key=value` and `~key`."""
    return not text.startswith("-") and ("=" in text or text.startswith("~"))


def _key(argument: str) -> str:
    return argument.partition("=")[0]

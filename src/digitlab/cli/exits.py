"""How a command ends: with one line on standard error and an exit code, whatever was raised."""

import contextlib
import errno
import os
import signal
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from hydra.errors import CompactHydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError

from digitlab.errors import CheckFailed, Diverged, Interrupted, Left, ProcessLost, UserError
from digitlab.paths import shown
from digitlab.system.command_line import typed_arguments
from digitlab.system.output import say_last
from digitlab.system.signals import received_signal

TRACEBACK_VARIABLE = "DIGITLAB_TRACEBACK"  # 1: show where an error comes from; 0: do not, whatever else is set
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what a write says, and it does not say where


def traceback_wanted(environment: Mapping[str, str], overrides: Sequence[str]) -> bool:
    """Return whether a person asked for tracebacks: by our variable, or as Hydra's users do.

    Where `DIGITLAB_TRACEBACK` is not set, `HYDRA_FULL_ERROR=1` asks for them, and so does `hydra.verbose=true`, with a
    logger's name for true.
    """
    ours = environment.get(TRACEBACK_VARIABLE)
    if ours is not None:
        return ours not in ("", "0")
    verbose = [text.partition("=")[2].lower() for text in overrides if text.lstrip("+").startswith("hydra.verbose=")]
    return environment.get("HYDRA_FULL_ERROR") == "1" or verbose[-1:] not in ([], ["false"], ["null"])


@contextlib.contextmanager
def leave_in_words(command: str, prefix: str = "") -> Iterator[None]:
    """End the process with one line if the block raises; Hydra turns errors of its callbacks into warnings, not exits.

    Args:
        command: Whose keys are offered for a mistyped one.
        prefix: What the line begins with: which job of a sweep it is about.

    Raises:
        Left: With that line.
    """
    try:
        yield
    except SystemExit:
        raise
    except BaseException as error:
        code, message = exit_of(error, command)
        if message is None or traceback_wanted(os.environ, []):
            traceback.print_exception(error)
        if message is None:
            raise Left(code, f"{type(error).__name__}: {error}") from None
        leave(code, message, prefix)


def exit_of(error: BaseException, command: str) -> tuple[int, str | None]:
    """Return the exit code and the line for an error; no line for a fault in the program, which needs its traceback."""
    if isinstance(error, KeyboardInterrupt):
        return 130, "interrupted"
    if isinstance(error, Interrupted):
        resume = "" if error.resume is None else f"; resume with: {error.resume}"
        return 128 + error.signum, f"stopped by {signal.Signals(error.signum).name}{resume}"
    if isinstance(error, Diverged):
        return 3, str(error)
    if isinstance(error, CheckFailed | ProcessLost):
        return 1, str(error)
    # A ValueError of Hydra's own is about composing; those of a job are UserErrors or faults.
    hydras = isinstance(error, ValueError) and _raised_in(error).startswith(("hydra.", "omegaconf."))
    if hydras or isinstance(error, UserError | CompactHydraException | OmegaConfBaseException):
        from digitlab.cli.error_messages import explain

        return 2, explain(error, command, typed_arguments())
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        place = f"{shown(error.problem_mark.name)}, line {error.problem_mark.line + 1}"
        return 2, f"{place}: {error.problem or error.context}; a configuration is YAML with plain values"
    if isinstance(error, OSError) and error.filename is not None:
        return 2, f"{shown(os.fsdecode(error.filename))[:200]}: {error.strerror}; give another place"
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return 2, f"a file of the run: {error.strerror}; make room, or give another paths.output_root"
    if received_signal():  # raised where a library swallows everything, and left it half imported
        return exit_of(Interrupted(received_signal()), command)
    return 1, None


def _raised_in(error: BaseException) -> str:
    """Return the name of the module that has raised an error."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")) if frames else ""


def leave(code: int, message: str, prefix: str = "") -> NoReturn:
    """End the process with a line on standard error, or one for each fault.

    Raises:
        Left: With that line, for the sweep whose job this may be.
    """
    say_last(message, prefix)
    raise Left(code, message)

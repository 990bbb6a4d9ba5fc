"""How a command ends: with one line on standard error and an exit code, whatever was raised."""

import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import NoReturn

from hydra.errors import CompactHydraException
from omegaconf.errors import OmegaConfBaseException

from digitlab.cli.error_messages import TRACEBACK_VARIABLE, explain, explain_file, traceback_wanted
from digitlab.errors import CheckFailed, Diverged, Interrupted, Left, UserError
from digitlab.system.command_line import typed_arguments

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what a write says, and it does not say where
HYDRA_VARIABLE = "HYDRA_FULL_ERROR"


class JobFailed(SystemExit):
    """A run that raised: passes through Hydra, which would print errors its own way.

    Attributes:
        error: What it raised.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(1)
        self.error = error


def take_over_errors(arguments: Sequence[str]) -> None:
    """See whether a person wants tracebacks, and keep Hydra from printing errors its own way: they are ours to word.

    Args:
        arguments: As typed.
    """
    os.environ[TRACEBACK_VARIABLE] = "1" if traceback_wanted(os.environ, arguments) else "0"  # of the jobs too
    os.environ[HYDRA_VARIABLE] = "1"


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
    except JobFailed as end:
        _leave(command, end.error, prefix)
    except SystemExit:
        raise
    except BaseException as error:
        _leave(command, error, prefix)


def _leave(command: str, error: BaseException, prefix: str) -> NoReturn:
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
    if isinstance(error, CheckFailed):
        return 1, str(error)
    # A ValueError of Hydra's own is about composing; those of a job are UserErrors or faults.
    hydras = isinstance(error, ValueError) and _is_hydras(error)
    if hydras or isinstance(error, UserError | CompactHydraException | OmegaConfBaseException):
        return 2, explain(error, command, typed_arguments())
    if isinstance(error, OSError) and error.errno in NO_ROOM and error.filename is None:
        return 2, f"a file of the run: {error.strerror}; make room, or give another paths.output_root"
    if isinstance(error, OSError) and error.filename is not None:
        return 2, explain_file(error)
    return 1, None


def _is_hydras(error: BaseException) -> bool:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and str(last.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in (
        "hydra",
        "omegaconf",
    )


def leave(code: int, message: str, prefix: str = "") -> NoReturn:
    """End the process with a line on standard error, or one for each fault.

    Raises:
        Left: With that line, for the sweep whose job this may be.
    """
    print(*(f"digitlab: {prefix}{line}" for line in message.split("\n")), sep="\n", file=sys.stderr, flush=True)
    raise Left(code, message)

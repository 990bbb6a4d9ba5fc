"""Errors that a user can cause. They end as one line, never as a traceback."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(ValueError):
    """Something the user gave does not work: what was given, what is allowed, what to type instead."""


class Diverged(Exception):
    """A run whose loss stopped being a number."""


class Interrupted(BaseException):
    """A signal that asks us to stop. Not an `Exception`, so that nothing on the way takes it for a failure.

    Attributes:
        signum: Number of the signal; the exit code is 128 more, as shells have it.
        resume: The command that resumes what was stopped, once that is known.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
        self.resume: str | None = None


class Left(SystemExit):
    """The end of a command that has said its last line.

    Attributes:
        message: That line.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code)
        self.message = message


class ProcessLost(Exception):
    """One of several processes that train one model is gone, and the others cannot do without it."""


class CheckFailed(Exception):
    """A run that was asked to keep a bound, and did not."""


def refuse(faults: Iterable[str]) -> None:
    """Raise one error that lists every fault, a line each; do nothing if there is none.

    Raises:
        UserError: With all of them.
    """
    lines = list(faults)
    if lines:
        raise UserError("\n".join(lines))


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return `"; did you mean X?"` for the name nearest to `given` in any case, or an empty string if none is near."""
    names = {name.lower(): name for name in allowed}
    near = get_close_matches(given.lower(), names, n=1, cutoff=0.5)
    return f"; did you mean {names[near[0]]}?" if near else ""

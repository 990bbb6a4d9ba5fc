"""sweep.json: the jobs of a sweep, and what has come of each so far.

Written whenever a job begins or ends, so that a sweep that was cut off, in whatever way, can be continued.
"""

import contextlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import STATUSES, read_result
from digitlab.system.atomic_files import write_text
from digitlab.system.checksums import checksum_fails, with_checksum, without_checksum
from digitlab.system.locks import lock_directory
from digitlab.system.regular_files import read_regular

SWEEP_STATE = "sweep.json"
OK, FAILED, DIVERGED, INTERRUPTED = STATUSES
LARGEST = 8 * 2**20  # bytes; a job takes some three hundred
RUNNING, NOT_STARTED = "running", "not started"
DONE = (OK, DIVERGED)  # a run that diverged would diverge to the same bits


@dataclass
class Job:
    """One job of a sweep.

    Attributes:
        number: From 0, in the order in which they were planned.
        overrides: The settings that make it this job, as they would be typed.
        directory: Its run directory, relative to the sweep's; empty until it is known.
        status: ok, failed, diverged, interrupted, killed (signal N), running or not started.
        error: One line, if there is something to say.
    """

    number: int
    overrides: list[str]
    directory: str = ""
    status: str = NOT_STARTED
    error: str | None = None

    def __post_init__(self) -> None:
        """Refuse what a damaged file may hold."""
        texts = (self.directory, self.status, self.error or "", *self.overrides)
        if not isinstance(self.number, int) or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"no job: {self}")
        if Path(self.directory).is_absolute() or ".." in Path(self.directory).parts:
            raise TypeError(f"a job outside of its sweep: {self.directory}")


@dataclass
class SweepState:
    """All jobs of a sweep.

    Attributes:
        command: "train", "eval" or "baseline".
        typed: The whole command line, for people.
        jobs: In the order of their numbers; those of which the sweeper has told us so far.
        complete: Whether it has told us of all.
    """

    command: str
    typed: str
    jobs: list[Job] = field(default_factory=list)
    complete: bool = False

    def __post_init__(self) -> None:
        """Refuse what a damaged file may hold."""
        texts, numbers = (self.command, self.typed), [job.number for job in self.jobs]
        if not all(isinstance(text, str) for text in texts) or numbers != [*range(len(numbers))]:
            raise TypeError("no sweep")

    def job(self, number: int, overrides: list[str], directory: str) -> Job:
        """Return a job by its number, planned now if it was not; a sweeper that chooses as it goes tells one by one."""
        while len(self.jobs) <= number:
            self.jobs.append(Job(len(self.jobs), overrides, directory))
        return self.jobs[number]

    def write(self, directory: Path) -> None:
        """Put the state into the directory of its sweep.

        Raises:
            UserError: If there are more jobs than could be read back.
        """
        content = json.dumps(with_checksum(asdict(self)), indent=2) + "\n"
        if len(content) > LARGEST:
            raise UserError(f"{len(self.jobs):,} jobs are more than {SWEEP_STATE} can hold; start several sweeps")
        write_text(directory / SWEEP_STATE, content)


def read_sweep_state(directory: Path, *, unfinished: str | None = None) -> SweepState | None:
    """Return the state of the sweep in `directory`, or `None` if there is none that can be read.

    A job that was under way when the sweep was killed has ended as its directory tells, and so has one that was resumed
    by itself, or run by another launcher than ours; one whose directory was removed has not been started.

    Args:
        directory: Of the sweep.
        unfinished: What is wrong with a job without a result, if the launcher has returned: it has failed then.
    """
    try:
        content: dict[str, Any] = json.loads(read_regular(directory / SWEEP_STATE, LARGEST))
        if checksum_fails(content):
            return None
        state = SweepState(**{**without_checksum(content), "jobs": [Job(**job) for job in content["jobs"]]})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    for job in state.jobs:
        if job.directory and not (directory / job.directory).is_dir():
            job.status, job.error = NOT_STARTED, None
        elif job.status in (RUNNING, INTERRUPTED, NOT_STARTED):
            result = read_result(directory / job.directory)
            if result is not None:
                job.status, job.error = str(result.get("status", INTERRUPTED)), result.get("error")
            elif unfinished is not None:
                job.status, job.error = FAILED, unfinished
            elif job.status == RUNNING:
                job.status = INTERRUPTED
    return state


def lock_sweep(directory: Path) -> contextlib.AbstractContextManager[None]:
    """Hold the lock of a sweep."""
    return lock_directory(directory, f"sweep={shown(directory)}")

"""sweep.json: the jobs of a sweep. What has come of each stands in its own directory, and nowhere else.

So it is the same whoever has run a job: a launcher, `sweep=`, or a person with `resume=`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from digitlab.errors import UserError
from digitlab.runs.directories import DIVERGED, ENVIRONMENT, INTERRUPTED, OK, read_result
from digitlab.system.atomic_files import write_text
from digitlab.system.checksums import checksum_fails, with_checksum
from digitlab.system.regular_files import read_regular

SWEEP_STATE = "sweep.json"
MOST_JOBS = 10_000
LARGEST = 8 * 2**20  # bytes; a job takes some two hundred
NOT_STARTED = "not started"
DONE = (OK, DIVERGED)  # a run that diverged would diverge to the same bits


@dataclass
class Job:
    """One job of a sweep.

    Attributes:
        number: From 0, in the order in which they were planned.
        overrides: The settings that make it this job, as they would be typed.
        directory: Its run directory.
    """

    number: int
    overrides: list[str]
    directory: Path

    def result(self) -> dict[str, Any]:
        """Return what its result.json holds; without one only a `status`: cut off, or not started."""
        begun = (self.directory / ENVIRONMENT).is_file()
        return read_result(self.directory) or {"status": INTERRUPTED if begun else NOT_STARTED}


@dataclass
class SweepState:
    """All jobs of a sweep.

    Attributes:
        directory: Of the sweep.
        command: "train", "eval" or "baseline".
        jobs: In the order of their numbers; those of which the sweeper has told us so far.
    """

    directory: Path
    command: str
    jobs: list[Job] = field(default_factory=list)

    def write(self) -> None:
        """Put the list of jobs into the directory of the sweep.

        Raises:
            UserError: If there are more jobs than could be read back.
        """
        jobs = [
            {"overrides": job.overrides, "directory": str(job.directory.relative_to(self.directory))}
            for job in self.jobs
        ]
        content = json.dumps(with_checksum({"command": self.command, "jobs": jobs}), indent=2) + "\n"
        if len(content) > LARGEST:
            raise UserError(f"{len(self.jobs):,} jobs are more than {SWEEP_STATE} can hold; start several sweeps")
        write_text(self.directory / SWEEP_STATE, content)


def read_sweep_state(directory: Path) -> SweepState | None:
    """Return the jobs of the sweep in `directory`, or `None` if there is no list of them that can be believed."""
    try:
        content: dict[str, Any] = json.loads(read_regular(directory / SWEEP_STATE, LARGEST))
        if checksum_fails(content) or not isinstance(content["command"], str):
            return None
        if len(content["jobs"]) > MOST_JOBS:
            return None
        jobs = [_job(directory, number, job) for number, job in enumerate(content["jobs"])]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return SweepState(directory, content["command"], jobs)


def _job(sweep: Path, number: int, content: Mapping[str, Any]) -> Job:
    """Return a job out of a file that anybody may have written.

    Raises:
        TypeError: If it is none, or would lie outside of its sweep.
    """
    overrides, place = content["overrides"], PurePath(content["directory"])
    if not all(isinstance(text, str) for text in overrides) or place.is_absolute() or ".." in place.parts:
        raise TypeError(f"no job of a sweep: {content}")
    return Job(number, overrides, sweep / place)

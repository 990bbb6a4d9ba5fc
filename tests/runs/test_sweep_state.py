"""sweep.json: what has come of each job, as far as can be told after whatever happened."""

import json
from pathlib import Path

import pytest
from filelock import FileLock

from digitlab.errors import UserError
from digitlab.runs.sweep_state import Job, SweepState, lock_sweep, read_sweep_state
from digitlab.system.checksums import with_checksum
from digitlab.system.locks import LOCK


def write_plan(directory: Path, *jobs: Job) -> None:
    SweepState("train", "python src/train.py -m seed=1,2", list(jobs)).write(directory)


def leave_result(directory: Path, status: str) -> None:
    directory.mkdir()
    (directory / "result.json").write_text(json.dumps(with_checksum({"status": status, "error": "why"})))


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    jobs = [Job(0, ["seed=1"], "0", "killed (signal 9)"), Job(1, ["seed=2"], "1")]
    write_plan(tmp_path, *jobs)
    state = read_sweep_state(tmp_path)
    assert state == SweepState("train", "python src/train.py -m seed=1,2", jobs)


@pytest.mark.parametrize("before", ["running", "interrupted"])
def test_what_was_under_way_has_ended_as_its_directory_tells(before: str, tmp_path: Path) -> None:
    leave_result(tmp_path / "0", "ok")
    leave_result(tmp_path / "1", "failed")
    (tmp_path / "2").mkdir()
    write_plan(tmp_path, *(Job(number, [], str(number), before) for number in range(3)))
    state = read_sweep_state(tmp_path)
    assert state is not None
    assert [job.status for job in state.jobs] == ["ok", "failed", "interrupted"]
    assert [job.error for job in state.jobs] == ["why", "why", None]


def test_a_job_that_failed_stays_failed_whatever_its_result(tmp_path: Path) -> None:
    leave_result(tmp_path / "0", "ok")  # of an experiment that missed its bounds
    write_plan(tmp_path, Job(0, [], "0", "failed", "missed"))
    state = read_sweep_state(tmp_path)
    assert state is not None
    assert (state.jobs[0].status, state.jobs[0].error) == ("failed", "missed")


def test_a_job_whose_directory_was_removed_is_to_be_done_again(tmp_path: Path) -> None:
    write_plan(tmp_path, Job(0, [], "0", "diverged", "nan"))
    state = read_sweep_state(tmp_path)
    assert state is not None
    assert (state.jobs[0].status, state.jobs[0].error) == ("not started", None)


WHOLE = '{"command": "train", "typed": "", "jobs": [{"number": %s, "overrides": [%s]}]}'


def checksummed(content: str) -> str:
    """Return text with the checksum that belongs to it, if it is of the kind that can have one."""
    return json.dumps(with_checksum(json.loads(content))) if content.startswith("{") else content


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"command": 1}', '{"jobs": [{"number": 0}]}', WHOLE % ("null", ""), WHOLE % (1, ""),
     WHOLE % ('"0"', ""), WHOLE % (0, "[]"), "[" * 100_000],
)  # fmt: skip
def test_what_is_no_plan_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(checksummed(content))
    assert read_sweep_state(tmp_path) is None
    assert read_sweep_state(tmp_path / "nowhere") is None
    (tmp_path / "sweep.json").write_text(checksummed(WHOLE % (0, "")))
    assert read_sweep_state(tmp_path) is not None


def test_a_job_is_planned_when_it_is_first_asked_for() -> None:
    state = SweepState("train", "", [Job(0, ["seed=1"], "0", "ok")])
    assert state.job(0, ["seed=1"], "0").status == "ok"
    assert state.job(1, ["seed=2"], "1").status == "not started"
    assert [job.number for job in state.jobs] == [0, 1]


def test_two_processes_do_not_work_on_one_sweep(tmp_path: Path) -> None:
    with FileLock(tmp_path / LOCK), pytest.raises(UserError, match="is being worked on by another process"):
        lock_sweep(tmp_path).__enter__()
    with lock_sweep(tmp_path):
        pass


def test_more_jobs_than_could_be_read_back_are_refused(tmp_path: Path) -> None:
    jobs = [Job(number, [f"seed={number}"], str(number)) for number in range(80_000)]
    with pytest.raises(UserError, match="80,000 jobs are more than"):
        write_plan(tmp_path, *jobs)
    assert list(tmp_path.iterdir()) == []

"""sweep.json: what has come of each job, as far as can be told after whatever happened."""

import json
from pathlib import Path

import pytest
from filelock import FileLock

from digitlab.errors import UserError
from digitlab.runs.plan import LOCK, Job, Plan, alone_with, read_plan
from digitlab.runs.seal import seal


def write_plan(directory: Path, *jobs: Job) -> None:
    Plan("train", "python src/train.py -m seed=1,2", ["seed=1,2"], list(jobs)).write(directory)


def leave_result(directory: Path, status: str) -> None:
    directory.mkdir()
    (directory / "result.json").write_text(json.dumps(seal({"status": status, "error": "why"})))


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    jobs = [Job(0, ["seed=1"], "0", "killed (signal 9)"), Job(1, ["seed=2"], "1")]
    write_plan(tmp_path, *jobs)
    plan = read_plan(tmp_path)
    assert plan == Plan("train", "python src/train.py -m seed=1,2", ["seed=1,2"], jobs)


@pytest.mark.parametrize("before", ["running", "interrupted"])
def test_what_was_under_way_has_ended_as_its_directory_tells(before: str, tmp_path: Path) -> None:
    leave_result(tmp_path / "0", "ok")
    leave_result(tmp_path / "1", "failed")
    (tmp_path / "2").mkdir()
    write_plan(tmp_path, *(Job(number, [], str(number), before) for number in range(3)))
    plan = read_plan(tmp_path)
    assert plan is not None
    assert [job.status for job in plan.jobs] == ["ok", "failed", "interrupted"]
    assert [job.error for job in plan.jobs] == ["why", "why", None]


def test_a_job_that_failed_stays_failed_whatever_its_result(tmp_path: Path) -> None:
    leave_result(tmp_path / "0", "ok")  # of an experiment that missed its bounds
    write_plan(tmp_path, Job(0, [], "0", "failed", "missed"))
    plan = read_plan(tmp_path)
    assert plan is not None
    assert (plan.jobs[0].status, plan.jobs[0].error) == ("failed", "missed")


def test_a_job_whose_directory_was_removed_is_to_be_done_again(tmp_path: Path) -> None:
    write_plan(tmp_path, Job(0, [], "0", "diverged", "nan"))
    plan = read_plan(tmp_path)
    assert plan is not None
    assert (plan.jobs[0].status, plan.jobs[0].error) == ("not started", None)


WHOLE = '{"command": "train", "typed": "", "arguments": [%s], "jobs": [{"number": %s, "overrides": [%s]}]}'


def sealed(content: str) -> str:
    """Return text with the checksum that belongs to it, if it is of the kind that can have one."""
    return json.dumps(seal(json.loads(content))) if content.startswith("{") else content


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"command": 1}', '{"jobs": [{"number": 0}]}', WHOLE % ("1", 0, ""), WHOLE % ("", 1, ""),
     WHOLE % ("", '"0"', ""), WHOLE % ("", 0, "[]"), "[" * 100_000],
)  # fmt: skip
def test_what_is_no_plan_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(sealed(content))
    assert read_plan(tmp_path) is None
    assert read_plan(tmp_path / "nowhere") is None
    (tmp_path / "sweep.json").write_text(sealed(WHOLE % ("", 0, "")))
    assert read_plan(tmp_path) is not None


def test_jobs_are_known_by_their_overrides_in_any_order() -> None:
    plan = Plan("train", "", [], [Job(0, ["seed=1"], "0", "ok"), Job(1, ["seed=2"], "1", "ok"), Job(2, ["seed=1"])])
    taken = plan.take([["seed=2"], ["seed=1"], ["seed=1"], ["seed=1"], ["seed=3"]])
    assert [job.number for job in taken] == [1, 0, 2, 3, 4]
    assert [job.status for job in taken] == ["ok", "ok", "not started", "not started", "not started"]
    assert plan.jobs == sorted(taken, key=lambda job: job.number)


def test_two_processes_do_not_work_on_one_sweep(tmp_path: Path) -> None:
    with FileLock(tmp_path / LOCK), pytest.raises(UserError, match="is being worked on by another process"):
        alone_with(tmp_path).__enter__()
    with alone_with(tmp_path):
        pass

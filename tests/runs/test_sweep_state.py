"""sweep.json: the jobs of a sweep, and what has come of each, as far as can be told after whatever happened."""

import json
from pathlib import Path

import pytest
from filelock import FileLock

from digitlab.errors import UserError
from digitlab.runs.sweep_state import Job, SweepState, read_sweep_state
from digitlab.system.checksums import with_checksum
from digitlab.system.locks import LOCK, lock_directory


def write_plan(sweep: Path, count: int) -> SweepState:
    jobs = [Job(number, [f"seed={number}"], sweep / str(number)) for number in range(count)]
    state = SweepState(sweep, "train", jobs)
    state.write()
    return state


def leave_result(directory: Path, status: str) -> None:
    directory.mkdir()
    (directory / "result.json").write_text(json.dumps(with_checksum({"status": status, "error": "why"})))


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = write_plan(tmp_path, 2)
    assert read_sweep_state(tmp_path) == state


def test_a_sweep_may_be_moved(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    write_plan(tmp_path / "here", 1)
    (tmp_path / "here").rename(tmp_path / "there")
    state = read_sweep_state(tmp_path / "there")
    assert state is not None
    assert state.jobs[0].directory == tmp_path / "there" / "0"


def test_what_has_come_of_a_job_is_what_its_directory_tells(tmp_path: Path) -> None:
    for number, status in enumerate(("ok", "failed", "diverged", "interrupted")):
        leave_result(tmp_path / str(number), status)
    for name in ("4", "5"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").touch()
    (tmp_path / "4" / "environment.json").touch()  # the first that a run writes: it was killed with its sweep
    results = [job.result() for job in write_plan(tmp_path, 7).jobs]
    assert [result["status"] for result in results] == [
        "ok", "failed", "diverged", "interrupted", "interrupted", "not started", "not started"
    ]  # fmt: skip
    assert [result.get("error") for result in results] == ["why"] * 4 + [None] * 3


def test_a_damaged_result_is_none(tmp_path: Path) -> None:
    leave_result(tmp_path / "0", "ok")
    (tmp_path / "0" / "environment.json").touch()
    text = (tmp_path / "0" / "result.json").read_text()
    (tmp_path / "0" / "result.json").write_text(text.replace("why", "whx"))
    assert write_plan(tmp_path, 1).jobs[0].result() == {"status": "interrupted"}


WHOLE = '{"command": "train", "jobs": [{"overrides": [%s], "directory": %s}]}'
EARLIER = (
    '{"command": "train", "typed": "", "jobs": [{"number": 0, "overrides": [], "directory": "0", "status": "ok", '
    '"error": null}], "complete": true}'
)


def checksummed(content: str) -> str:
    """Return text with the checksum that belongs to it, if it is of the kind that can have one."""
    return json.dumps(with_checksum(json.loads(content))) if content.startswith("{") else content


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"command": 1, "jobs": []}', '{"command": "train"}', '{"command": "train", "jobs": [1]}',
     '{"command": "train", "jobs": [{"overrides": []}]}', WHOLE % ("[]", '"0"'), WHOLE % ("", "null"),
     WHOLE % ("", '"../elsewhere"'), WHOLE % ("", '"/tmp"'), WHOLE % ("", '"a/../../b"'), "[" * 100_000,
     json.dumps({"command": "train", "jobs": [{"overrides": [], "directory": "0"}] * 10_001})],
)  # fmt: skip
def test_what_is_no_plan_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(checksummed(content))
    assert read_sweep_state(tmp_path) is None
    assert read_sweep_state(tmp_path / "nowhere") is None


@pytest.mark.parametrize("content", [WHOLE % ("", '"0"'), EARLIER])
def test_a_plan_of_an_earlier_version_is_one(content: str, tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(checksummed(content))
    assert read_sweep_state(tmp_path) == SweepState(tmp_path, "train", [Job(0, [], tmp_path / "0")])


def test_two_processes_do_not_work_on_one_sweep(tmp_path: Path) -> None:
    with FileLock(tmp_path / LOCK), pytest.raises(UserError, match=r"^sweep=.* is being worked on by another process"):
        lock_directory("sweep", tmp_path).__enter__()
    with lock_directory("sweep", tmp_path):
        pass


def test_more_than_could_be_read_back_is_refused(tmp_path: Path) -> None:
    jobs = [Job(number, ["name=" + "x" * 10**6], tmp_path / str(number)) for number in range(9)]
    with pytest.raises(UserError, match="9 jobs are more than"):
        SweepState(tmp_path, "train", jobs).write()
    assert list(tmp_path.iterdir()) == []

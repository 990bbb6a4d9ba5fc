"""What a sweep knows of a job that ended badly: its record, its last line, why its launcher ended."""

from pathlib import Path
from typing import Any

import pytest

from digitlab.cli.sweeps.end import end_sweep
from digitlab.cli.sweeps.jobs import complete_record
from digitlab.errors import Left, UserError
from digitlab.runs.directories import read_result
from digitlab.runs.record import write_result
from digitlab.runs.sweep_state import Job, SweepState
from digitlab.system.isolated_process import Ending


def test_it_is_said_why_a_launcher_ended_before_its_jobs(tmp_path: Path) -> None:
    SweepState(tmp_path, "train", [Job(number, ["seed=1"], tmp_path / str(number)) for number in range(2)]).write()
    (tmp_path / "0").mkdir()
    write_result(tmp_path / "0", {"status": "failed", "error": "ZeroDivisionError"})
    with pytest.raises(Left) as left:
        end_sweep(tmp_path, KeyError("queue"))
    assert left.value.message == "2 of 2 jobs are not ok: job 0 failed, job 1 not started; KeyError: 'queue'"
    (tmp_path / "1").mkdir()
    write_result(tmp_path / "1", {"status": "ok"})
    with pytest.raises(Left) as left:
        end_sweep(tmp_path, ZeroDivisionError())  # of the job, and the table says it
    assert left.value.message == "1 of 2 jobs are not ok: job 0 failed"


def test_a_list_of_jobs_that_is_gone_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").mkdir()
    with pytest.raises(UserError, match=r"sweep\.json cannot be read any more"):
        end_sweep(tmp_path)
    with pytest.raises(IsADirectoryError):
        end_sweep(tmp_path, IsADirectoryError())


@pytest.mark.parametrize(
    ("code", "result", "expected"),
    [
        (0, {"status": "ok"}, {"status": "ok"}),
        (0, {}, {"status": "failed", "error": "it ended with exit code 0 and left no result"}),
        (0, {"status": "failed", "error": "SystemExit: 0"}, {"status": "failed", "error": "SystemExit: 0"}),
        (1, {"status": "ok"}, {"status": "failed", "error": "it ended with exit code 1"}),
        (
            1,
            {"status": "ok", "val/loss": 0.5},
            {"status": "failed", "error": "it ended with exit code 1", "val/loss": 0.5},
        ),
        (3, {"status": "diverged", "error": "nan"}, {"status": "diverged", "error": "nan"}),
        (130, {}, {"status": "interrupted"}),
        (143, {"status": "interrupted"}, {"status": "interrupted"}),
        (-6, {"status": "ok"}, {"status": "failed", "error": "killed (signal 6)"}),
        (-9, {}, {"status": "failed", "error": "killed (signal 9)"}),
    ],
)
def test_the_record_of_a_job_says_how_its_process_ended(
    code: int, result: dict[str, Any], expected: dict[str, Any], tmp_path: Path
) -> None:
    if result:
        write_result(tmp_path, result)
    complete_record(tmp_path, Ending(code, None))
    assert read_result(tmp_path) == expected


def test_the_last_line_of_a_job_says_what_was_wrong(tmp_path: Path) -> None:
    complete_record(tmp_path, Ending(2, "seed must be"))
    assert read_result(tmp_path) == {"status": "failed", "error": "seed must be"}


def test_a_job_whose_directory_is_gone_leaves_no_record(tmp_path: Path) -> None:
    complete_record(tmp_path / "nowhere", Ending(-9, None))
    assert list(tmp_path.iterdir()) == []

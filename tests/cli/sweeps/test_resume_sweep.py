"""`sweep=`: which sweep is meant, and that only how it is run may be typed behind it."""

from pathlib import Path

import pytest

from digitlab.cli.sweeps.resume import continue_sweep, find_sweep
from digitlab.cli.typed import parse
from digitlab.errors import UserError
from digitlab.runs.record import write_result
from digitlab.runs.sweep_state import Job, SweepState


def planned(directory: Path, *statuses: str, command: str = "train") -> Path:
    jobs = [Job(number, [f"seed={number}"], directory / str(number)) for number in range(len(statuses))]
    for job, status in zip(jobs, statuses, strict=True):
        job.directory.mkdir(parents=True)
        write_result(job.directory, {"status": status})
    SweepState(directory, command, jobs).write()
    return directory


def test_the_one_that_was_last_at_work_is_the_latest(tmp_path: Path) -> None:
    for name in ("b", "a"):
        planned(tmp_path / "train" / "sweeps" / name, "ok")
    assert find_sweep("latest", "train", tmp_path).name == "a"
    assert find_sweep(str(tmp_path / "train" / "sweeps" / "b" / "sweep.json"), "train", tmp_path).name == "b"
    with pytest.raises(UserError, match=r"sweep=latest: there is no sweep below"):
        find_sweep("latest", "eval", tmp_path)


def test_what_is_done_is_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = planned(tmp_path, "ok", "diverged")
    continue_sweep("train", parse("train", [f"sweep={sweep}"]))
    assert "is finished, there is nothing left to do: ok 1, diverged 1" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["seed=1", "model=cnn", "+callbacks.x._target_=os.system", "hydra.sweep.dir=x"])
def test_a_sweep_continues_as_it_was_planned(change: str, tmp_path: Path) -> None:
    sweep = planned(tmp_path, "interrupted")
    with pytest.raises(UserError, match=r"continues the sweep as it was planned, and .* would change it"):
        continue_sweep("train", parse("train", [f"sweep={sweep}", change]))


def test_a_state_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text("{")
    with pytest.raises(UserError, match=r"sweep.json cannot be read; start the sweep anew"):
        continue_sweep("train", parse("train", [f"sweep={tmp_path / 'sweep.json'}"]))


def test_jobs_of_another_command_are_continued_there(tmp_path: Path) -> None:
    sweep = planned(tmp_path, "failed", command="baseline")
    with pytest.raises(UserError, match=r"was made by .*baseline\.py; continue it there"):
        continue_sweep("train", parse("train", [f"sweep={sweep}"]))


@pytest.mark.parametrize("how", ["start=thread", "workers=0.5", "workers=-1"])
def test_a_way_to_run_the_jobs_that_does_not_exist_is_refused(how: str, tmp_path: Path) -> None:
    sweep = planned(tmp_path, "failed")
    with pytest.raises(UserError, match=r"hydra\.launcher\.(start|workers) must be "):
        continue_sweep("train", parse("train", [f"sweep={sweep}", f"hydra.launcher.{how}"]))

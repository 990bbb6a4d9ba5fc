"""Several jobs of a sweep at a time: never more than `workers`, none hurts another, and lines stay whole."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digitlab.cli.sweeps.jobs import run_each
from digitlab.runs.sweep_state import NOT_STARTED, Job, SweepState, read_sweep_state
from digitlab.system import signals
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import with_checksum


def planned(sweep: Path, count: int) -> SweepState:
    state = SweepState("train", "typed", [Job(number, [], str(number)) for number in range(count)], True)
    for job in state.jobs:
        (sweep / job.directory).mkdir()
    return state


def finish(sweep: Path, number: int) -> None:
    write_json(sweep / str(number) / "result.json", with_checksum({"status": "ok"}))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_so_many_run_at_a_time(workers: int, tmp_path: Path) -> None:
    def work(number: int) -> Callable[[], None]:
        def run() -> None:
            (tmp_path / f"busy-{number}").touch()
            time.sleep(0.3)
            (tmp_path / f"seen-{number}").write_text(str(len(list(tmp_path.glob("busy-*")))))
            time.sleep(0.1)
            (tmp_path / f"busy-{number}").unlink()
            finish(tmp_path, number)

        return run

    state = planned(tmp_path, 5)
    run_each(state.jobs, {number: work(number) for number in range(5)}, state, tmp_path, "fork", workers)
    assert [job.status for job in state.jobs] == ["ok"] * 5
    assert max(int(path.read_text()) for path in tmp_path.glob("seen-*")) == workers
    assert read_sweep_state(tmp_path) == state


def test_a_job_that_dies_hurts_no_other(tmp_path: Path) -> None:
    def work(number: int) -> Callable[[], None]:
        def run() -> None:
            time.sleep(0.2)
            if number == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            finish(tmp_path, number)

        return run

    state = planned(tmp_path, 4)
    run_each(state.jobs, {number: work(number) for number in range(4)}, state, tmp_path, "fork", 4)
    assert [job.status for job in state.jobs] == ["ok", "killed (signal 9)", "ok", "ok"]


def test_a_signal_stops_those_under_way_and_starts_no_other(tmp_path: Path) -> None:
    def work() -> None:
        if len(list(tmp_path.glob("*.begun"))) == 1:  # both are under way
            os.kill(os.getppid(), signal.SIGTERM)
        (tmp_path / f"{os.getpid()}.begun").touch()
        time.sleep(20)

    signals.install_handlers()
    signals.defer_signals()
    state = planned(tmp_path, 4)
    begun = time.monotonic()
    run_each(state.jobs, dict.fromkeys(range(4), work), state, tmp_path, "fork", 2)
    assert [job.status for job in state.jobs] == ["interrupted", "interrupted", NOT_STARTED, NOT_STARTED]
    assert time.monotonic() - begun < 10


def test_those_under_way_are_stopped_if_the_state_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, wrote = planned(tmp_path, 3), SweepState.write

    def write(self: SweepState, directory: Path) -> None:
        if self.jobs[0].status == "ok":
            raise OSError("no room")
        wrote(self, directory)

    def work() -> None:
        time.sleep(20)

    monkeypatch.setattr(SweepState, "write", write)
    begun = time.monotonic()
    with pytest.raises(OSError, match="no room"):
        run_each(state.jobs, {0: lambda: finish(tmp_path, 0), 1: work, 2: work}, state, tmp_path, "fork", 2)
    assert time.monotonic() - begun < 10


def test_lines_of_jobs_are_whole_and_labelled(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        for _ in range(200):
            print("a long word " * 20, end="", flush=True)
            print("and its end", flush=True)
        print("the last one", end="")

    state = planned(tmp_path, 2)
    run_each(state.jobs, dict.fromkeys(range(2), work), state, tmp_path, "fork", 2)
    lines = capfd.readouterr().out.splitlines()
    whole = "a long word " * 20 + "and its end"
    for label in ("[0] ", "[1] "):
        assert [line for line in lines if line.startswith(label)] == [*[label + whole] * 200, f"{label}the last one"]
    assert len(lines) == 402


def test_one_worker_prints_as_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    state = planned(tmp_path, 1)
    run_each(state.jobs, {0: lambda: print("as it is")}, state, tmp_path, "fork", 1)
    assert capfd.readouterr().out == "as it is\n"

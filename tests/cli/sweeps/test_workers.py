"""Several jobs of a sweep at a time: never more than `workers`, none hurts another, and lines stay whole."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digitlab.cli.sweeps.jobs import run_each
from digitlab.errors import Interrupted
from digitlab.runs.record import write_result
from digitlab.runs.sweep_state import NOT_STARTED, Job, SweepState, read_sweep_state
from digitlab.system import signals


def planned(sweep: Path, count: int) -> SweepState:
    state = SweepState(sweep, "train", [Job(number, [], sweep / str(number)) for number in range(count)])
    for job in state.jobs:
        job.directory.mkdir()
    state.write()
    return state


def run_all(state: SweepState, works: list[Callable[[], object]], workers: int) -> list[str]:
    """Run all jobs and return what their directories say of them."""
    run_each(state, zip(state.jobs, works, strict=True), "fork", workers)
    return statuses(state)


def statuses(state: SweepState) -> list[str]:
    return [job.result()["status"] for job in state.jobs]


def finish(sweep: Path, number: int) -> None:
    write_result(sweep / str(number), {"status": "ok"})


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
    assert run_all(state, [work(number) for number in range(5)], workers) == ["ok"] * 5
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
    assert run_all(state, [work(number) for number in range(4)], 4) == ["ok", "failed", "ok", "ok"]
    assert state.jobs[1].result()["error"] == "killed (signal 9)"


def test_a_signal_stops_those_under_way_and_starts_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        (tmp_path / f"{os.getpid()}.begun").touch()
        if len(list(tmp_path.glob("*.begun"))) == 2:  # both are under way, and may both see it
            with contextlib.suppress(FileExistsError):
                (tmp_path / "asked").touch(exist_ok=False)
                os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(100)

    signals.install_handlers()
    state = planned(tmp_path, 4)
    begun = time.monotonic()
    with pytest.raises(Interrupted) as stop:
        run_all(state, [work] * 4, 2)
    assert statuses(state) == ["interrupted", "interrupted", NOT_STARTED, NOT_STARTED]
    assert time.monotonic() - begun < 60
    assert f"sweep={tmp_path}" in (stop.value.resume or "")
    assert "Sweep of 4 jobs" in capfd.readouterr().out


def test_those_under_way_are_stopped_if_the_state_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: SweepState) -> None:
        raise OSError("no room")

    def work() -> None:
        time.sleep(20)

    state = planned(tmp_path, 3)
    monkeypatch.setattr(SweepState, "write", write)
    begun = time.monotonic()
    with pytest.raises(OSError, match="no room"):
        run_all(state, [lambda: finish(tmp_path, 0), work, work], 2)
    assert time.monotonic() - begun < 10


def test_lines_of_jobs_are_whole_and_labelled(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        for _ in range(200):
            print("a long word " * 20, end="", flush=True)
            print("and its end", flush=True)
        print("the last one", end="")

    state = planned(tmp_path, 2)
    run_all(state, [work] * 2, 2)
    lines = capfd.readouterr().out.splitlines()
    whole = "a long word " * 20 + "and its end"
    for label in ("[0] ", "[1] "):
        assert [line for line in lines if line.startswith(label)] == [*[label + whole] * 200, f"{label}the last one"]
    assert len(lines) == 402


def test_one_worker_prints_as_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    state = planned(tmp_path, 1)
    run_all(state, [lambda: print("as it is")], 1)
    assert capfd.readouterr().out == "as it is\n"

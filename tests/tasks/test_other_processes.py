"""A process of a training that is gone before anything was computed with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from digitlab.tasks.other_processes import watched
from torture.several import alive

KILLED, FAILED, DONE = "import os; os.kill(os.getpid(), 9)", "raise SystemExit(2)", "pass"


@pytest.fixture
def started() -> Iterator[Callable[[str], list[subprocess.Popen[bytes]]]]:
    """Starts a process that does what it is told, and one that would sleep for a minute."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(told: str) -> list[subprocess.Popen[bytes]]:
        processes.extend([subprocess.Popen([sys.executable, "-c", told]), subprocess.Popen(["sleep", "60"])])
        return processes

    yield start
    for process in processes:
        process.kill()
        process.wait()


def trainer_of(processes: list[subprocess.Popen[bytes]]) -> Any:
    return SimpleNamespace(strategy=SimpleNamespace(launcher=SimpleNamespace(procs=processes)))


@pytest.mark.parametrize("told", [KILLED, FAILED])
def test_all_end_and_the_first_one_says_so(told: str, started: Any) -> None:
    """In a fork, which it ends."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(60)
        processes = started(told)
        os.write(writer, f"{processes[1].pid} ".encode())
        with watched(trainer_of(processes), lambda: os.write(writer, b"lost") and None):
            time.sleep(60)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    other, said = os.read(reader, 100).split()
    assert (os.waitstatus_to_exitcode(status), said) == (1, b"lost")
    deadline = time.monotonic() + 10
    while alive(int(other)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("told", [DONE, FAILED])
def test_one_that_is_done_or_is_heard_of_otherwise_ends_nothing(told: str, started: Any) -> None:
    heard: list[str] = []
    processes = started(told)
    with watched(trainer_of(processes), lambda: heard.append("lost")):
        processes[0].wait()
        time.sleep(1)
    assert heard == []
    assert processes[1].poll() is None

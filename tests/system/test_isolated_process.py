"""Work in another process: every kind of end is told apart, and signals go where they should."""

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from digitlab.errors import Left
from digitlab.paths import PROJECT_ROOT
from digitlab.system.isolated_process import Ending, IsolatedProcess, first_ended, run_isolated
from digitlab.system.signals import SIGNALS


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def leave() -> None:
    raise Left(2, "the last line")


def abort() -> None:
    faulthandler.disable()  # pytest's, which would print a page
    os.abort()


ENDS = {
    "returns": (lambda: None, Ending(0, None)),
    "exits": (lambda: sys.exit(5), Ending(5, None)),
    "leaves": (leave, Ending(2, "the last line")),
    "raises": (lambda: [][0], Ending(1, "IndexError: list index out of range")),
    "exits hard": (lambda: os._exit(7), Ending(7, None)),
    "aborts": (abort, Ending(-signal.SIGABRT, None)),
    "is killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), Ending(-signal.SIGKILL, None)),
    "is stopped": (lambda: os.kill(os.getpid(), signal.SIGTERM), Ending(128 + signal.SIGTERM, None)),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end_is_told(end: str) -> None:
    work, expected = ENDS[end]
    assert run_isolated("fork", work) == expected


def test_a_process_from_nothing_ends_likewise() -> None:
    assert run_isolated("spawn", sys.exit, 5) == Ending(5, None)


def test_what_it_does_stays_there() -> None:
    names: list[str] = []
    work: Callable[..., None] = names.append
    assert run_isolated("fork", work, "x") == Ending(0, None)
    assert names == []


def test_the_first_of_several_that_ends_is_returned_and_hurts_none() -> None:
    slow, fast, killed = (
        IsolatedProcess("fork", work)
        for work in (lambda: time.sleep(1), lambda: time.sleep(0.3), lambda: os.kill(os.getpid(), signal.SIGKILL))
    )
    left, ended = [slow, fast, killed], []
    while left:
        ended.append(first_ended(left))
        left.remove(ended[-1])
        ended[-1].ending = ended[-1].wait()  # type: ignore[attr-defined]
    assert ended == [killed, fast, slow]
    assert [process.ending.exit_code for process in ended] == [-signal.SIGKILL, 0, 0]  # type: ignore[attr-defined]


def test_a_child_that_outlives_it_does_not_delay_its_end() -> None:
    def leave_a_child() -> None:
        if os.fork() == 0:
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)

    begun = time.monotonic()
    assert run_isolated("fork", leave_a_child) == Ending(-signal.SIGKILL, None)
    assert time.monotonic() - begun < 10


def test_a_long_last_line_comes_whole() -> None:
    def leave() -> None:
        raise Left(2, "x" * 200_000)  # more than a pipe holds

    assert run_isolated("fork", leave) == Ending(2, "x" * 200_000)


PROGRAM = """
import os, signal, sys, time
from digitlab.system import signals
from digitlab.system.isolated_process import run_isolated

def work():
    {body}

signals.install_handlers()
with signals.signals_deferred():
    print(run_isolated("fork", work), flush=True)
"""


def start(body: str) -> tuple[subprocess.Popen[str], int]:
    """Start a program that runs `body` isolated; return it with the number of the process that `body` prints first."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        cwd=PROJECT_ROOT / "src",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert program.stdout is not None
    return program, int(program.stdout.readline())


def run_and_send(body: str, *sent: int) -> tuple[int, str]:
    """Send signals to such a program, and return exit code and what it said."""
    program, worker = start(body)
    for number in sent:
        program.send_signal(number)
        time.sleep(0.2)
    assert program.stdout is not None
    with program.stdout as pipe:
        said = pipe.read()  # not by `communicate`, which misses what came together with the first line
    program.wait(timeout=20)
    wait_for(worker, "", "Z")  # nothing is left behind
    return program.returncode, said


def wait_for(process: int, *states: str) -> None:
    """Wait until a process is in one of the states of `ps`: "T" held up, "Z" ended and not yet asked how, "" gone."""
    deadline = time.monotonic() + 10
    while True:
        asked = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True)
        if asked.stdout.strip()[:1] in states:
            return
        assert time.monotonic() < deadline, asked.stdout
        time.sleep(0.05)


def test_a_signal_reaches_the_worker_who_answers_it() -> None:
    body = "print(os.getpid(), flush=True); time.sleep(60)"
    code, said = run_and_send(body, signal.SIGINT)
    assert said == "Ending(exit_code=130, message=None)\n"
    assert code == 1  # Interrupted, which nobody words here


def test_a_second_signal_ends_a_worker_that_does_not_listen() -> None:
    body = "signal.signal(15, signal.SIG_IGN); print(os.getpid(), flush=True); time.sleep(60)"
    assert run_and_send(body, signal.SIGTERM, signal.SIGTERM) == (143, "")


SEVERAL = r"""
import os, signal, time
from digitlab.system import signals
from digitlab.system.isolated_process import IsolatedProcess

def work(deaf):
    if deaf:
        signal.signal(15, signal.SIG_IGN)
    os.write(1, f"{{os.getpid()}}\n".encode())  # at once, for three do so
    time.sleep(60)

signals.install_handlers()
signals.defer_signals()
processes = [IsolatedProcess("fork", work, {deaf}) for _ in range(3)]
print(*(process.wait().exit_code for process in processes), flush=True)
"""


@pytest.mark.parametrize(("deaf", "sent", "expected"), [(False, 1, (0, "143 143 143\n")), (True, 2, (143, ""))])
def test_a_signal_reaches_several_and_a_second_kills_them(deaf: bool, sent: int, expected: tuple[int, str]) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", SEVERAL.format(deaf=deaf)], cwd=PROJECT_ROOT / "src", stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    with program.stdout as pipe:
        workers = [int(pipe.readline()) for _ in range(3)]
        program.send_signal(signal.SIGTSTP)
        for worker in workers:
            wait_for(worker, "T")
        program.send_signal(signal.SIGCONT)
        for worker in workers:
            wait_for(worker, "S")
        for _ in range(sent):
            program.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        said = pipe.read()
    assert (program.wait(timeout=20), said) == expected
    for worker in workers:
        wait_for(worker, "", "Z")


def test_ctrl_z_holds_up_both_and_both_go_on() -> None:
    program, worker = start("print(os.getpid(), flush=True); time.sleep(0.5)")
    program.send_signal(signal.SIGTSTP)
    wait_for(worker, "T")
    wait_for(program.pid, "T")
    program.send_signal(signal.SIGCONT)
    assert program.communicate(timeout=20)[0] == "Ending(exit_code=0, message=None)\n"


def test_what_a_killed_worker_had_started_goes_with_it() -> None:
    body = "print(__import__('subprocess').Popen(['sleep', '60']).pid, flush=True); os.kill(os.getpid(), 9)"
    assert run_and_send(body) == (0, "Ending(exit_code=-9, message=None)\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_a_worker_does_not_outlive_who_started_it() -> None:
    assert run_and_send("print(os.getpid(), flush=True); time.sleep(60)", signal.SIGKILL) == (-9, "")

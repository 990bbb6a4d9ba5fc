"""A process of a training that is gone before anything was computed with it."""

import subprocess
import sys
import time

import pytest

from digitlab.paths import PROJECT_ROOT
from torture.several import alive

PROGRAM = """
import subprocess, sys, time
from types import SimpleNamespace
from digitlab.tasks.other_processes import watched
left, seconds = sys.argv[1:]
processes = [subprocess.Popen([sys.executable, "-c", left]), subprocess.Popen(["sleep", "60"])]
print(processes[1].pid, flush=True)
trainer = SimpleNamespace(strategy=SimpleNamespace(launcher=SimpleNamespace(procs=processes)))
with watched(trainer, lambda: print("lost", flush=True)):
    time.sleep(float(seconds))
print("done")
processes[1].kill()
"""


@pytest.mark.parametrize(
    ("left", "seconds", "code", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", 60, 1, "lost"),
        ("raise SystemExit(2)", 60, 1, "lost"),
        ("pass", 1, 0, "done"),  # that is how those leave who are done
        ("raise SystemExit(2)", 1, 0, "done"),  # this one has come to its end by itself
    ],
)
def test_all_end_and_the_first_one_says_so(left: str, seconds: float, code: int, said: str) -> None:
    started = time.monotonic()
    command = [sys.executable, "-c", PROGRAM, left, str(seconds)]
    done = subprocess.run(command, cwd=PROJECT_ROOT / "src", capture_output=True, text=True, timeout=120)
    other, *lines = done.stdout.split()
    assert (done.returncode, lines) == (code, [said]), done.stderr
    while alive(int(other)):
        assert time.monotonic() - started < 40
        time.sleep(0.05)

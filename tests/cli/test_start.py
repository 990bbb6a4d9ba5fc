"""The first moments of a command: signals, a folder that is gone, nowhere to write to."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digitlab.paths import PROJECT_ROOT
from digitlab.runs.directories import read_result

TRAIN = [sys.executable, str(PROJECT_ROOT / "src" / "train.py")]


SLOW = "import time\nprint('now', flush=True)\ntime.sleep(60)\n"
SWALLOWS = """import time
try:
    print('now', flush=True)
    time.sleep(60)
except:
    pass
raise AttributeError("half of it is missing")
"""


@pytest.mark.parametrize("library", ["hydra", "torch"])
@pytest.mark.parametrize("source", [SLOW, SWALLOWS])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_libraries_are_loaded_is_a_line(
    number: signal.Signals, source: str, library: str, tmp_path: Path
) -> None:
    """A library is slow to come: in its place lies a module that says when it is asked for, and takes its time."""
    (tmp_path / f"{library}.py").write_text(source)
    run = subprocess.Popen(
        [*TRAIN, "data=digits", f"paths.output_root={tmp_path}"],
        env={"PYTHONPATH": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: [signal.signal(each, signal.SIG_DFL) for each in (signal.SIGINT, signal.SIGHUP)],
    )  # fmt: skip
    try:
        assert run.stdout is not None
        assert run.stdout.readline() == "now\n"
        time.sleep(0.1)
        run.send_signal(number)
        _, errors = run.communicate(timeout=20)
    finally:
        run.kill()
    assert (run.returncode, errors) == (128 + number, f"digitlab: stopped by {number.name}\n")


@pytest.mark.parametrize("typed", [["data=digits"], ["--help"]])
def test_a_folder_that_is_gone_is_a_line(typed: list[str], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = ["bash", "-c", 'cd "$0" && rmdir "$0" && "$@"', str(gone), *TRAIN, *typed]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "digitlab: the folder that this was typed in cannot be used: No such file or directory; cd to another"
    )


@pytest.mark.parametrize("typed", [["--help"], ["model=cnn", "--cfg", "job"], ["--info", "config"]])
def test_a_full_disk_under_standard_output_is_a_line(typed: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*TRAIN, *typed], stdout=full, stderr=subprocess.PIPE, text=True)
        nowhere = subprocess.run([*TRAIN, *typed], stdout=full, stderr=full)
    assert (done.returncode, done.stderr) == (
        2,
        "digitlab: standard output: No space left on device; give another place\n",
    )
    assert nowhere.returncode == 2


def test_a_signal_between_hydras_directory_and_the_run_leaves_a_result(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from digitlab.cli import task_function
from digitlab.cli.command import command
task_function.TaskFunction.__call__ = lambda self, cfg: os.kill(os.getpid(), signal.SIGTERM)
command("train")()
"""
    typed = ["data=digits", "model=mlp", "trainer.accelerator=cpu", f"hydra.run.dir={tmp_path / 'run'}"]
    command = [sys.executable, "-c", program, *typed]
    done = subprocess.run(command, cwd=PROJECT_ROOT / "src", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (143, "digitlab: stopped by SIGTERM\n")
    result = read_result(tmp_path / "run")
    assert result is not None
    assert result["status"] == "interrupted"

"""Many processes, one folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT
from digitlab.system.locks import LOCK, STAGING, lock_directory, locked_staging


def test_eight_processes_prepare_one_folder_at_once() -> None:
    command = [sys.executable, "-W", "error", str(PROJECT_ROOT / "scripts" / "torture.py"), "together", "--rounds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    for what in ("an empty", "a damaged"):
        assert f"8 processes prepare {what} folder: 2 tried, 0 faults" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


HOLDER = """
import sys, time
from pathlib import Path
from digitlab.system.locks import lock_directory
with lock_directory("resume", Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(run: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock of a run."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run)], cwd=PROJECT_ROOT / "src", stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_run_that_is_alive_is_refused_in_a_line_and_one_that_was_killed_is_not(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    with pytest.raises(UserError, match=r"^resume=.* is being worked on by another process; wait for its end") as said:
        lock_directory("resume", tmp_path).__enter__()
    assert "\n" not in str(said.value)
    holder.kill()
    holder.communicate()
    with lock_directory("resume", tmp_path):
        pass


@pytest.mark.parametrize("how", ["link", "dangling link", "hard link", "pipe", "folder"])
def test_a_lock_file_of_a_stranger_harms_nobody(how: str, tmp_path: Path) -> None:
    victim, run = tmp_path / "victim", tmp_path / "run"
    victim.write_text("somebody's work")
    run.mkdir()
    make = {
        "link": lambda lock: lock.symlink_to(victim),
        "dangling link": lambda lock: lock.symlink_to(tmp_path / "new"),
        "hard link": lambda lock: os.link(victim, lock),
        "pipe": os.mkfifo,
        "folder": Path.mkdir,
    }[how]
    make(run / LOCK)
    if how in ("hard link", "pipe"):
        with lock_directory("resume", run):
            pass
        with locked_staging(run):
            pass
    else:
        with pytest.raises((OSError, UserError), match=r"is a link that leads out|directory"):
            lock_directory("resume", run).__enter__()
        with pytest.raises(OSError, match=r"symbolic link|directory") as refusal:
            locked_staging(run).__enter__()
        assert refusal.value.filename is not None
    assert victim.read_text() == "somebody's work"
    assert not (tmp_path / "new").exists()


def test_work_in_progress_is_not_put_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere" / "victim").touch()
    (tmp_path / "data" / STAGING).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="File exists"):
        locked_staging(tmp_path / "data").__enter__()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["victim"]


def test_pyproject_asks_for_a_filelock_that_refuses_links() -> None:
    wanted = next(line for line in (PROJECT_ROOT / "pyproject.toml").read_text().splitlines() if '"filelock' in line)
    version = re.search(r">=(\d+)\.(\d+)", wanted)
    assert version is not None
    assert (int(version[1]), int(version[2])) >= (4, 0)  # 3.20.3 already refuses them, but empties a hard link

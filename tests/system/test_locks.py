"""Many processes, one folder."""

import subprocess
import sys

from digitlab.paths import PROJECT_ROOT


def test_eight_processes_prepare_one_folder_at_once() -> None:
    command = [sys.executable, "-W", "error", str(PROJECT_ROOT / "scripts" / "torture.py"), "together", "--rounds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    for what in ("an empty", "a damaged"):
        assert f"8 processes prepare {what} folder: 2 tried, 0 faults" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0

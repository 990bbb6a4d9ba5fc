"""Many processes, one folder."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("damaged", [[], ["damaged"]], ids=["empty folder", "damaged folder"])
def test_eight_processes_prepare_one_folder_at_once(damaged: list[str]) -> None:
    program = Path(__file__).with_name("prepare_together.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program), "2", *damaged], capture_output=True, text=True, timeout=200
    )
    assert done.stdout.splitlines()[-1:] == ["0 of 2 rounds failed, 8 processes each"], done.stdout + done.stderr
    assert done.returncode == 0

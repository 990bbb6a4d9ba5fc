"""Kill a run again and again, resume it each time, and compare the end."""

import random
import tempfile
import time
from pathlib import Path

from digitlab.errors import UserError
from digitlab.runs.checkpoint import read_first_sound
from digitlab.runs.directories import LAST, find_checkpoints
from torture.counts import Count
from torture.runs import only_run, resume_and_compare, start, wait_for_checkpoint, whole_run


def kills(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Kill `rounds` runs at random moments, with TMPDIR on another file system where there is one."""
    loadable, same = Count("kill -9, a checkpoint that loads"), Count("kill -9, the same bits at the end")
    expected = whole_run(root / "whole")
    for number in range(rounds):
        place = root / str(number)
        run = start(place, TMPDIR="/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())
        wait_for_checkpoint(run, place)
        time.sleep(rng.uniform(0, 2))
        run.kill()
        run.wait()
        loadable.add(None if _loads(place) else f"round {number}: nothing can be resumed")
        same.add(resume_and_compare(place, expected, number))
    return [loadable, same]


def _loads(root: Path) -> bool:
    try:
        return bool(read_first_sound(find_checkpoints("resume", str(only_run(root)), root, names=(LAST,))))
    except UserError:
        return False

"""Let the disk be full at some byte of a run, and see whether it says so in a line and what was there is intact.

The disk is a small one in memory that only the run sees, which needs a namespace of one's own (`unshare`); where the
system does not give that, files of the run may not grow past some byte any more once it has a checkpoint.
"""

import random
import resource
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from digitlab.checkpoints.reading import read_checkpoint
from digitlab.errors import UserError
from digitlab.runs.directories import LAST
from torture.counts import Count
from torture.processes import Run, start_cold
from torture.runs import begin, only_run, resume_and_compare, saved, wait_until, whole_state

WIDE = ("model.hidden_sizes=[256]", "trainer.max_epochs=3", "logger=default")  # checkpoints of 2.4 MB
ON_A_SMALL_DISK = """
size=$1 disk=$2 copy=$3; shift 3
mount -t tmpfs -o size="$size" none "$disk" || exit 99
"$@"
code=$?
cp -a "$disk/." "$copy"
exit $code
"""


def full(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Fill the disk of `rounds` runs at different bytes, and resume what is left where there is room."""
    said = Count("a full disk: one line and a failing exit code")
    intact = Count("a full disk: the checkpoints before are whole")
    same = Count("a full disk: the same bits, once there is room")
    expected = whole_state(begin(root / "whole", *WIDE), root / "whole")
    size = max(path.stat().st_size for path in root.rglob("*.ckpt"))
    real = _small_disks()
    for number in range(rounds):
        place, early = root / str(number), number % 4 == 3  # even its small files do not fit
        # In turns the second, third or fourth file of those that are kept side by side does not fit any more.
        room = rng.randrange(4096, 40_000) if early else (1 + number % 4) * size + rng.randrange(size // 8, size)
        run = _fill(place, room) if real else _limit(place, room % size, early)
        code, errors = run.wait(), run.errors()
        well = code not in (0, 99, 137) and len(errors.splitlines()) == 1 and errors.startswith("digitlab: ")
        said.add(None if well else f"round {number}, {room:,} bytes: exit code {code}, said: {errors}")
        if early:
            continue
        fault = _damage(place)
        intact.add(fault and f"round {number}, {room:,} bytes: {fault}")
        fault = fault or resume_and_compare(place, expected)
        same.add(fault and f"round {number}, {room:,} bytes: {fault}")
    said.note = "a disk in memory that is full" if real else "files that may not grow: no namespace to mount a disk in"
    return [said, intact, same]


def _small_disks() -> bool:
    """Return whether this process may mount a disk of its own."""
    if shutil.which("unshare") is None:
        return False
    attempt = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/tmp"]
    return subprocess.run(attempt, capture_output=True).returncode == 0


def _fill(place: Path, room: int) -> Run:
    """Start a run on a disk of so many bytes; afterwards what is on it lies below `place`."""
    disk = place / "disk"
    disk.mkdir(parents=True)
    within = ["unshare", "-rm", "sh", "-c", ON_A_SMALL_DISK, "sh", str(room), str(disk), str(place)]
    return begin(disk, *WIDE, how=partial(_start_beside, place, within))


def _start_beside(place: Path, within: list[str], _: Path, arguments: list[str], **options: Any) -> Run:
    return start_cold(place, arguments, within=within, **options)


def _limit(place: Path, room: int, early: bool) -> Run:
    """Start a run whose files may not grow past so many bytes, from the first one on or once it has a checkpoint."""
    run = begin(place, *WIDE)
    wait_until(run, lambda: early or saved(place))
    resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (room, room))
    return run


def _damage(place: Path) -> str | None:
    """Return what is wrong with the files that a full disk has left, or `None`."""
    run = only_run(place)
    if run is None or not (run / LAST).is_file():
        return f"no {LAST}"
    if leftovers := list(run.rglob(".*.tmp")):
        return f"left behind: {', '.join(path.name for path in leftovers)}"
    try:
        for path in run.rglob("*.ckpt"):
            read_checkpoint(path)
    except UserError as error:
        return str(error)
    return None

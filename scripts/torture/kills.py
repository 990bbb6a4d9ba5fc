"""Kill runs, half of them while a checkpoint is being written, and see what is left and how far back it is."""

import random
import signal
import tempfile
import time
from pathlib import Path

from digitlab.checkpoints.reading import read_checkpoint, read_first_readable
from digitlab.errors import UserError
from digitlab.runs.directories import LAST, find_checkpoints
from torture.counts import Count
from torture.processes import Run
from torture.runs import (
    STEPS,
    begin,
    count_steps,
    only_run,
    resume_and_compare,
    saved,
    steps_done,
    wait_until,
    whole_state,
)

WIDE = ("model.hidden_sizes=[256]", "trainer.max_epochs=5")  # checkpoints of 2.4 MB take a moment to write
OTHER_FILE_SYSTEM = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()


def kills(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Kill `rounds` runs with -9, TMPDIR on another file system where there is one, and resume them to the end."""
    loadable = Count("kill -9: every checkpoint loads")
    lost = Count(f"kill -9: at most {STEPS} steps, one interval, are lost")
    same = Count("kill -9: the same bits at the end")
    whole = begin(root / "whole", *WIDE)
    wait_until(whole, lambda: saved(root / "whole"))
    started = time.monotonic()
    expected = whole_state(whole, root / "whole")
    seconds = time.monotonic() - started
    writes, losses = 0, []
    for number in range(rounds):
        place = root / str(number)
        run = begin(place, *WIDE, prepare=count_steps(root / f"{number}.steps"), TMPDIR=OTHER_FILE_SYSTEM)
        wait_until(run, lambda place=place: saved(place))
        time.sleep(rng.uniform(0, 0.8 * seconds))
        if number % 2 == 0:
            writing(run, place)
        run.send(signal.SIGKILL)
        run.wait()
        writes += any(place.rglob(".*.ckpt.*.tmp"))
        try:
            at = _check(place)
        except UserError as error:
            loadable.add(f"round {number}: {error}")
            continue
        loadable.add(None)
        losses.append(steps_done(root / f"{number}.steps") - at)
        lost.add(None if losses[-1] <= STEPS else f"round {number}: {losses[-1]} steps are lost")
        fault = resume_and_compare(place, expected)
        same.add(fault and f"round {number}: {fault}")
    loadable.note = f"{writes} of {rounds} were killed while a checkpoint was written"
    lost.note = f"at most {max(losses, default=0)}"
    return [loadable, lost, same]


def writing(run: Run, place: Path) -> None:
    """Wait, without a pause, for the next checkpoint that is being written."""
    folder = only_run(place)
    assert folder is not None
    files = [folder / "checkpoints" / f".{name}.ckpt.{run.pid}.tmp" for name in ("last", "best")]
    while run.ended() is None and not any(file.exists() for file in files):
        pass


def _check(place: Path) -> int:
    """Return the step of the checkpoint that a resumed run begins with.

    Raises:
        UserError: If any checkpoint that has its name is not whole.
    """
    for path in place.rglob("*.ckpt"):
        read_checkpoint(path)
    _, content = read_first_readable(find_checkpoints("resume", str(only_run(place)), place, names=(LAST,)))
    return int(content["global_step"])

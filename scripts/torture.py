"""Break runs for real, with processes and signals, and count what was lost: nothing may be.

    python scripts/torture.py                 every kind of harm, a few rounds each; a quarter of an hour
    python scripts/torture.py kills --rounds 50
    python scripts/torture.py positions signals flips --rounds 20

positions   cut a run at every checkpoint of several kinds of runs; the rest must end in the same bits
kills       kill -9, half of them while a checkpoint is written; at most one interval lost, the same bits at the end
writes      kill -9 at each call that changes a file, of a start, a resume and a sweep; needs strace
full        the disk is full at some byte: one line, the checkpoints before intact
signals     SIGTERM and SIGINT in every phase: exit code, time to the end, the same bits after resuming
several     kill and stop runs of two processes, either or both: all end within 5 s, the same bits after resuming
flips       change a bit of what later commands read, or cut it short: noticed, or the same is read
corruption  damage the files of a data set in every way we know: noticed and named
together    eight processes prepare one folder of data
sweeps      jobs that raise, leave and are killed, and sweeps that are: sweep= brings all to the same ends
refusals    type what cannot work: exit code 2, three lines at most that name key and value, in time, nothing made
hostile     use files that strangers have prepared: no code of theirs runs
cost        what all this takes of an epoch of the CNN; minutes, and only true on a quiet machine

Most runs are small, on the bundled digits. Exit code 1 if anything was lost. The harms are in scripts/torture/.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / room) for room in ("src", "scripts", "tests")]  # `torture` is the folder, not this file

from torture.counts import Count, table  # noqa: E402

HARMS = (
    "positions", "kills", "writes", "full", "signals", "several", "flips",
    "corruption", "together", "sweeps", "refusals", "hostile", "cost"
)  # fmt: skip


def main() -> int:
    """Do the harm that was asked for and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("harms", nargs="*", help=", ".join(HARMS) + "; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="of each (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and places (0)")
    arguments = parser.parse_args()
    if not set(arguments.harms) <= set(HARMS) or arguments.rounds < 1:
        parser.error(f"harms are {', '.join(HARMS)}; --rounds is at least 1")
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch is loaded, here and in the runs
    counts: list[Count] = []
    with tempfile.TemporaryDirectory() as folder:
        for harm in arguments.harms or HARMS:
            started = time.monotonic()
            do = getattr(import_module(f"torture.{harm}"), harm)
            found = do(arguments.rounds, Path(folder) / harm, random.Random(arguments.seed))
            counts += found
            print(f"{harm} ({time.monotonic() - started:.0f} s)", *found, sep="\n  ", flush=True)
    print("", table(counts), sep="\n")
    return 1 if any(count.faults for count in counts) else 0


if __name__ == "__main__":
    sys.exit(main())

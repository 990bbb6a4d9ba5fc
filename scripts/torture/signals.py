"""Ask a run to stop at a random moment; half with SIGTERM, half with SIGINT."""

import random
import signal
import time
from pathlib import Path

from torture.counts import Count
from torture.runs import resume_and_compare, start, wait_for_checkpoint, whole_run

SECONDS_TO_END = 5.0  # after a signal


def signals(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Send each signal to `rounds` runs: exit code, time to the end, the same bits after resuming."""
    counts = []
    expected = whole_run(root / "whole")
    for sent, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        ends, same = Count(f"{sent.name}, exit code and {SECONDS_TO_END:g} s"), Count(f"{sent.name}, the same bits")
        for number in range(rounds):
            place = root / sent.name / str(number)
            run = start(place)
            wait_for_checkpoint(run, place)
            time.sleep(rng.uniform(0, 2))
            started = time.monotonic()
            run.send_signal(sent)
            returned = run.wait(60)
            seconds = time.monotonic() - started
            well = (returned == code and seconds < SECONDS_TO_END) or returned == 0  # it may have been done
            ends.add(None if well else f"round {number}: exit code {returned} after {seconds:.1f} s")
            same.add(resume_and_compare(place, expected, number))
        counts += [ends, same]
    return counts

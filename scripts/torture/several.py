"""Kill and stop runs of two processes that train one model on the processor, either of them or both."""

import os
import random
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from digitlab.system.ranks import FIRST
from support.states import equal, state_of
from torture.counts import Count
from torture.processes import Prepare, Run, start_warm
from torture.runs import SETTINGS, saved, wait_until
from torture.signals import SECONDS_TO_END

TWO = ("trainer=ddp", "trainer.devices=2", "trainer.max_epochs=6", "data.batch_size=16")
HARMS = (  # what is sent, to which of the processes, and the exit code of the first one; `None`: it is killed
    (signal.SIGTERM, (0,), 143), (signal.SIGTERM, (1,), 143), (signal.SIGTERM, (0, 1), 143),
    (signal.SIGKILL, (0,), None), (signal.SIGKILL, (1,), None), (signal.SIGINT, (0, 1), 130),
)  # fmt: skip
SAVES = (("checkpoint_every.steps=7",), ("checkpoint_every.steps=null", "checkpoint_every.seconds=0.05"))


def several(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Do each harm in `rounds` runs, saving by steps and by time: how fast all end, and what is left."""
    whole = _begin(root / "whole", *SAVES[0])
    wait_until(whole, lambda: saved(root / "whole"))
    started = time.monotonic()
    if whole.wait():
        sys.exit(f"a run that nobody disturbed failed:\n{whole.errors()}")
    seconds, expected = time.monotonic() - started, state_of(_directory(root / "whole"))
    counts = []
    for sent, to, code in HARMS:
        name = f"{sent.name} to {' and '.join(map(str, to))} of 2 processes"
        gone, same = Count(f"{name}: all end within {SECONDS_TO_END:g} s"), Count(f"{name}: then the same bits")
        slowest = 0.0
        for number in range(rounds):
            place = root / f"{sent.name}-{''.join(map(str, to))}" / str(number)
            run = _begin(place, *SAVES[number % 2])
            wait_until(run, lambda place=place: saved(place))
            time.sleep(rng.uniform(0, 0.8 * seconds))
            returned, took = _send(run, sent, to)
            slowest = max(slowest, took)
            well = took < SECONDS_TO_END and (code is None or returned in (code, 0))
            gone.add(None if well else f"round {number}: exit code {returned}, {took:.1f} s: {run.errors()[-500:]}")
            fault = _resume(place, expected)
            same.add(fault and f"round {number}: {fault}")
        gone.note = f"at most {slowest:.1f} s"
        counts += [gone, same]
    return counts


def _directory(place: Path) -> Path:
    return place / "train" / "run"


def _begin(place: Path, *settings: str) -> Run:
    arguments = [*SETTINGS, *TWO, *settings, f"paths.output_root={place}", f"hydra.run.dir={_directory(place)}"]
    return start_warm(place, arguments, prepare=partial(be_two, place))


def _resume(place: Path, expected: dict[str, object]) -> str | None:
    """Resume a run of two processes and return what is not as it should be."""
    resumed = start_warm(place / "resumed", [f"resume={_directory(place)}"], prepare=partial(be_two, place / "resumed"))
    if code := resumed.wait(120):
        return f"exit code {code}: {resumed.errors()[-500:]}"
    return None if equal(state_of(_directory(place)), expected) else "other bits at the end"


def be_two(place: Path, before: Prepare | None = None) -> None:
    """Fork the second process, as Lightning would start it from nothing.

    Args:
        place: Folder for what the second one says.
        before: Called in both.
    """
    if before is not None:
        before()
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(_free_port()), WORLD_SIZE="2", NODE_RANK="0")
    first, second = os.getpid(), os.fork()
    os.environ["LOCAL_RANK"] = str(int(second == 0))
    if second:
        (place / "second").write_text(str(second))
        return
    os.environ[FIRST] = str(first)
    for name, handle in (("stdout-1", 1), ("stderr-1", 2)):
        os.dup2(os.open(place / name, os.O_CREAT | os.O_WRONLY), handle)
    sys.argv.append("hydra.output_subdir=null")


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _send(run: Run, sent: int, to: tuple[int, ...]) -> tuple[int, float]:
    """Send a signal to some of the processes and return the first one's exit code, and how long it took both to end."""
    second = int((run.place / "second").read_text())
    started, queued = time.monotonic(), run.queued()
    waited = queued
    for number in to:
        with suppress(ProcessLookupError):
            os.kill((run.pid, second)[number], sent)
    while (run.ended() is None or alive(second)) and time.monotonic() - started < 60:
        waited = max(waited, run.queued())
        time.sleep(0.002)
    took = time.monotonic() - started - (waited - queued)
    for pid in (run.pid, second):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return run.wait(5), took


def alive(process: int) -> bool:
    """Return whether a process has not ended yet."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

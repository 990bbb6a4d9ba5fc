"""Kill a start, a resume and a sweep at each call that changes a file, and see whether what is left can be continued.

`strace` (Debian's package) watches the process and kills it at the call; `--rounds` says how many calls of each, spread
evenly, and a number beyond all of them takes every one.
"""

import os
import random
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

from digitlab.runs.directories import read_result
from support.states import equal, state_of
from torture.counts import Count
from torture.processes import Run, start_warm
from torture.runs import SETTINGS, begin, ended_well, only_run, resume_and_compare, saved, wait_until, whole_state
from torture.sweeps import finish, plan, sweep_of

CALLS = "write,pwrite64,fsync,ftruncate,rename,renameat,renameat2,link,symlink,mkdir,rmdir,unlink,unlinkat"
SHORT = "trainer.max_epochs=2"
SEEDS = (1, 2)  # the jobs of a sweep


def writes(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Kill at `rounds` calls of each kind of command, or at all of them if there are not more."""
    if shutil.which("strace") is None:
        skipped = Count("killed at a call that changes a file")
        skipped.note = "not tried: strace is not there"
        return [skipped]
    expected = whole_state(begin(root / "whole", SHORT), root / "whole")
    return [
        _starts(rounds, root / "start", expected),
        _resumes(rounds, root / "resume", expected),
        _sweeps(rounds, root / "sweep"),
    ]


def _starts(rounds: int, root: Path, expected: dict[str, Any]) -> Count:
    count = Count("a start that is killed at a call that changes a file: the same bits at the end")
    calls = _calls(root / "calls", lambda watched: begin(root / "calls", SHORT, prepare=watched))
    for number in _spread(calls, rounds):
        place = root / str(number)
        begin(place, SHORT, prepare=partial(watch, number, place)).wait()
        fault = resume_and_compare(place, expected) if saved(place) else _begun_again(place, expected)
        count.add(fault and f"call {number} of {calls}: {fault}")
        shutil.rmtree(place)
    count.note = f"of {calls} calls"
    return count


def _begun_again(place: Path, expected: dict[str, Any]) -> str | None:
    """Resume a run that had not saved yet, which begins from the start or is refused in a line; then start another."""
    if only_run(place) is not None:
        run = start_warm(place / "resumed", [f"resume={only_run(place)}"])
        code, said = run.wait(), run.errors()
        if code == 0:
            return ended_well(run, place, expected)
        if code != 2 or len(said.splitlines()) > 3:
            return f"exit code {code}: {said}"
        shutil.rmtree(place / "train")
    return ended_well(begin(place, SHORT), place, expected)


def _resumes(rounds: int, root: Path, expected: dict[str, Any]) -> Count:
    count = Count("a resume that is killed at a call that changes a file: the same bits at the end")
    run = begin(root / "cut", SHORT)
    wait_until(run, lambda: saved(root / "cut"))
    run.send(9)
    run.wait()
    calls = _calls(root / "calls", lambda watched: _resume(_copied(root, "calls"), watched))
    for number in _spread(calls, rounds):
        place = _copied(root, str(number))
        _resume(place, partial(watch, number, place)).wait()
        fault = resume_and_compare(place, expected) if not _is_done(place) else None
        count.add(fault and f"call {number} of {calls}: {fault}")
        shutil.rmtree(place)
    count.note = f"of {calls} calls"
    return count


def _is_done(place: Path) -> bool:
    """Return whether the run ended before the call came: what goes by the clock does not always call as often."""
    directory = only_run(place)
    return directory is not None and (read_result(directory) or {}).get("status") == "ok"


def _copied(root: Path, name: str) -> Path:
    shutil.copytree(root / "cut", root / name, symlinks=True)
    return root / name


def _resume(place: Path, prepare: Any) -> Run:
    return start_warm(place / "killed", [f"resume={only_run(place)}"], prepare=prepare)


def _sweeps(rounds: int, root: Path) -> Count:
    count = Count("a sweep that is killed at a call that changes a file: every job ends in the same bits")
    states = {
        seed: whole_state(begin(root / f"seed{seed}", SHORT, f"seed={seed}"), root / f"seed{seed}") for seed in SEEDS
    }
    calls = _calls(root / "calls", lambda watched: _sweep(root / "calls", watched))
    for number in _spread(calls, rounds):
        place = root / str(number)
        _sweep(place, partial(watch, number, place)).wait()
        if plan(place) is None:
            shutil.rmtree(place / "train", ignore_errors=True)
            _sweep(place, None).wait()
        fault = finish(place, number, None)
        if fault is None:
            jobs = sorted(sweep_of(place).glob("[0-9]"))
            same = all(equal(state_of(job), states[seed]) for job, seed in zip(jobs, SEEDS, strict=True))
            fault = None if same else "other bits at the end"
        count.add(fault and f"call {number} of {calls}: {fault}")
        shutil.rmtree(place)
    count.note = f"of {calls} calls of the sweep's own process"
    return count


def _sweep(place: Path, prepare: Any) -> Run:
    settings = (*SETTINGS, SHORT, f"seed={','.join(map(str, SEEDS))}", f"paths.output_root={place}")
    return start_warm(place / "said", ["-m", *settings], prepare=prepare)


def _calls(place: Path, start: Any) -> int:
    """Return how many such calls a command makes that nobody kills."""
    run = start(partial(watch, None, place))
    run.wait()
    lines = (place / "calls.log").read_text().splitlines()
    return sum(line.split(" ", 1)[0] == str(run.pid) for line in lines)


def _spread(calls: int, rounds: int) -> list[int]:
    return sorted({1 + number * (calls - 1) // max(1, min(rounds, calls) - 1) for number in range(min(rounds, calls))})


def watch(number: int | None, place: Path) -> None:
    """Have this process watched, and killed at the `number`-th of these calls."""
    place.mkdir(parents=True, exist_ok=True)
    kill = [] if number is None else ["-e", f"inject={CALLS}:signal=KILL:when={number}"]
    subprocess.Popen(
        ["strace", "-f", "-qq", "-o", str(place / "calls.log"), "-p", str(os.getpid()), "-e", f"trace={CALLS}", *kill],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 30
    while "TracerPid:\t0\n" in Path("/proc/self/status").read_text() and time.monotonic() < until:
        time.sleep(0.01)

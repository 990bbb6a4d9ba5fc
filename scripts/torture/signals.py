"""Ask runs to stop, in every phase of a run, and see how and how fast they do, and whether they can be resumed."""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from digitlab.runs.directories import read_result
from support.mirrors import SlowerHandler, mirrored
from torture.counts import Count
from torture.processes import Prepare, Run, start_cold
from torture.runs import begin, ended_well, resume_and_compare, saved, wait_until, whole_state

SECONDS_TO_END = 5.0  # after a signal
SENT = ((signal.SIGTERM, 143), (signal.SIGINT, 130))
SHORT, IMAGE_BY_IMAGE = "trainer.max_epochs=2", "data.eval_batch_size=1"
PHASES: dict[str, tuple[str, ...]] = {  # with settings that make each long enough to be met
    "start-up": (SHORT,),
    "training": (),
    "validation": (SHORT, IMAGE_BY_IMAGE, "data.val_share=0.9"),
    "test": (SHORT, IMAGE_BY_IMAGE),
    "download": (SHORT, "data=mnist"),
}
FRAMES = {  # where a signal was heard, by what stands in the traceback
    "test": "trainer.test(",
    "validation": "on_validation_batch_end",
    "training": "trainer.fit(",
    "download": "ensure_files(",
}


class Whole(NamedTuple):
    """An undisturbed run: the state in which it ends, and for how many seconds it was in the phase."""

    state: dict[str, Any]
    seconds: float


def signals(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Send each signal to `rounds` runs, in one phase after the other: exit code, time to the end, and what is left."""
    root.mkdir(parents=True)
    counts = []
    with mirrored(root / "mirror", SlowerHandler) as prepare:
        wholes = {phase: _undisturbed(root / "whole" / phase, phase, prepare) for phase in list(PHASES)[:rounds]}
        for sent, code in SENT:
            gone = Count(f"{sent.name}: exit code {code} within {SECONDS_TO_END:g} s")
            same = Count(f"{sent.name}: then the same bits")
            heard, slowest = Counter[str](), 0.0
            for number in range(rounds):
                phase, place = list(PHASES)[number % len(PHASES)], root / sent.name / str(number)
                run = _in_phase(place, phase, prepare, rng.random() * wholes[phase].seconds)
                returned, seconds = _ask(run, sent)
                slowest = max(slowest, seconds)
                heard[_where(run) if returned else "the end"] += 1
                well = returned in (code, 0) and seconds < SECONDS_TO_END  # 0: it had been done
                what = f"round {number}, {phase}"
                gone.add(None if well else f"{what}: exit code {returned} after {seconds:.1f} s: {run.errors()}")
                if phase == "download" or saved(place):
                    fault = _go_on(place, phase, prepare, wholes[phase].state)
                    same.add(fault and f"{what}: {fault}")
            gone.note = f"at most {slowest:.1f} s; in " + ", ".join(f"{name} {count}" for name, count in heard.items())
            counts += [gone, same]
    return counts


def _begin(place: Path, phase: str, prepare: Prepare, **options: Any) -> Run:
    if phase == "start-up":
        return begin(place, *PHASES[phase], how=start_cold, **options)
    if phase == "download":
        options["prepare"] = prepare
    return begin(place, *PHASES[phase], f"paths.data_dir={place / 'data'}", **options)


def _bounds(place: Path, phase: str, run: Run) -> tuple[Callable[[], bool], Callable[[], bool]]:
    """Return what is true from the beginning and from the end of a phase on."""
    trained = f"epoch {2 if SHORT in PHASES[phase] else 12}/"
    match phase:
        case "start-up":
            return run.listens, lambda: saved(place)
        case "download":
            return (place / "data" / "MNIST" / "raw" / ".part").is_dir, lambda: saved(place)
        case "test":
            return lambda: trained in run.said(), lambda: False
        case _:
            return lambda: saved(place), lambda: trained in run.said()


def _undisturbed(place: Path, phase: str, prepare: Prepare) -> Whole:
    run = _begin(place, phase, prepare)
    begun, over = _bounds(place, phase, run)
    wait_until(run, begun)
    started = time.monotonic()
    wait_until(run, over)
    seconds = time.monotonic() - started
    return Whole(whole_state(run, place), seconds)


def _in_phase(place: Path, phase: str, prepare: Prepare, seconds: float) -> Run:
    """Return a run that has been in a phase for so long."""
    run = _begin(place, phase, prepare, DIGITLAB_TRACEBACK="1")
    wait_until(run, _bounds(place, phase, run)[0])
    time.sleep(seconds)
    return run


def _ask(run: Run, sent: int) -> tuple[int, float]:
    """Send a signal and return the exit code and in how many seconds it ended, not counting those of a busy machine."""
    started, before = time.monotonic(), run.queued()
    queued = before
    run.send(sent)
    while run.ended() is None and time.monotonic() - started < 120:
        queued = max(queued, run.queued())
        time.sleep(0.002)
    seconds = time.monotonic() - started - (queued - before)
    return run.wait(0), seconds


def _where(run: Run) -> str:
    said = run.errors()
    return next((phase for phase, frame in FRAMES.items() if frame in said), "start-up")


def _go_on(place: Path, phase: str, prepare: Prepare, expected: dict[str, Any]) -> str | None:
    """Resume a run, or start it anew if it had not got to its first checkpoint; return what is wrong, or `None`."""
    if saved(place):
        return resume_and_compare(place, expected, prepare=prepare if phase == "download" else None)
    if left := [str(path) for path in (place / "data").rglob(".part")]:
        return f"left behind: {', '.join(left)}"
    for run in (place / "train").glob("*"):  # it had begun, and had nothing to save yet
        if (read_result(run) or {}).get("status") != "interrupted":
            return f"left behind without a word: {run}"
        shutil.rmtree(run)
    return ended_well(_begin(place, phase, prepare), place, expected)

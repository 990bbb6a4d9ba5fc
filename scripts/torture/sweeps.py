"""Sweeps whose jobs raise, leave and are killed, and which are killed themselves: `sweep=` must finish them all."""

import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from digitlab.runs.sweep_state import SweepState, read_sweep_state
from support.states import equal, state_of
from torture.counts import Count
from torture.processes import start_warm
from torture.runs import SETTINGS, begin, wait_until, whole_state

HOW = {  # and what it leaves: status and error
    "nothing": ("ok", None),
    "raise": ("failed", "ZeroDivisionError: a fault in the program"),
    "leave": ("failed", "it ended with exit code 7 and left no result"),
    "kill": ("failed", "killed (signal 9)"),
}
SEEDS = range(1, 1 + len(HOW))  # a job for each
SHORT = "trainer.max_epochs=3"


def sweeps(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Harm the jobs of `rounds` sweeps, each by another kind and at a random step; kill every second sweep as well."""
    told = Count("a sweep: one job does not hurt another, and is called what it is")
    done, same = Count("a sweep: sweep= does the rest"), Count("a sweep: every job ends in the same bits")
    expected = {seed: _alone(root / "whole" / str(seed), seed) for seed in SEEDS}
    for number in range(rounds):
        place = root / str(number)
        hows = rng.sample(list(HOW), len(HOW))
        harm = partial(
            _harm, place, {seed: (how, rng.randrange(2, 100)) for seed, how in zip(SEEDS, hows, strict=True)}
        )
        several = (*SETTINGS, SHORT, f"seed={','.join(map(str, SEEDS))}", f"paths.output_root={place}")
        run = start_warm(place, ["-m", *several], prepare=harm)
        wait_until(run, lambda place=place: plan(place) is not None)
        if number % 2:
            time.sleep(rng.uniform(0, 10))
            run.send(signal.SIGKILL)
        code, state = run.wait(), plan(place)
        if code != 137:
            results = [job.result() for job in state.jobs] if state else []
            found = [(result["status"], result.get("error")) for result in results]
            well = code == 1 and found == [HOW[how] for how in hows]
            told.add(None if well else f"round {number}: exit code {code}, {hows} were {found}")
        done.add(finish(place, number, harm))
        for seed, directory in zip(SEEDS, sorted(sweep_of(place).glob("[0-9]")), strict=True):
            same.add(None if equal(state_of(directory), expected[seed]) else f"round {number}, seed {seed}: other bits")
    done.note = f"{rounds // 2} of {rounds} sweeps were killed too, if they had not ended"
    return [told, done, same]


def _alone(place: Path, seed: int) -> dict[str, Any]:
    return whole_state(begin(place, SHORT, f"seed={seed}"), place)


def sweep_of(place: Path) -> Path:
    """Return the directory of the sweep below `place`."""
    (directory,) = (place / "train" / "sweeps").iterdir()
    return directory


def plan(place: Path) -> SweepState | None:
    """Return the state of the sweep below `place`, if there is one yet."""
    return read_sweep_state(sweep_of(place)) if any((place / "train" / "sweeps").glob("*/sweep.json")) else None


def finish(place: Path, number: int, harm: Any) -> str | None:
    """Type `sweep=` until all jobs are done; what each was to suffer it may suffer after the sweep was killed, too."""
    for time_ in ("first", "second", "third"):
        run = start_warm(place / time_, [f"sweep={sweep_of(place)}"], prepare=harm)
        if run.wait() == 0:
            return None
    return f"round {number}: not done after three times: {run.errors()}"


def _harm(place: Path, what: dict[int, tuple[str, int]]) -> None:
    """Have the job with a seed suffer something once, in front of a step; jobs are forks of the sweep's process."""
    from digitlab.callbacks.seeded_steps import SeededSteps

    begin_step = SeededSteps.on_train_batch_start

    def suffer(self: SeededSteps, trainer: Any, *rest: Any, **named: Any) -> None:
        how, step = what[self.seed]
        mark = place / f"harmed {self.seed}"
        if trainer.global_step >= step and not mark.exists():
            mark.touch()
            if how == "raise":
                raise ZeroDivisionError("a fault in the program")
            if how == "leave":
                os._exit(7)
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        begin_step(self, trainer, *rest, **named)

    SeededSteps.on_train_batch_start = suffer  # type: ignore[method-assign]

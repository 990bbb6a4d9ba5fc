"""Damage what a later command reads, one bit or a cut at a time: noticed, or what is read is the same."""

import contextlib
import io
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from digitlab.diagnostics.autopsy.metrics_file import METRICS
from digitlab.diagnostics.autopsy.run_over import RunOver
from digitlab.diagnostics.result import Skipped
from digitlab.errors import UserError
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import CONFIG, LAST, RESULT, read_result
from digitlab.runs.sweep_state import SWEEP_STATE, Job, SweepState, read_sweep_state
from support.states import equal, state_of
from torture.counts import Count
from torture.runs import begin, only_run, whole_state

TAIL = 2_500  # bytes at the end of a file that half of the bits are taken of: an archive's directory is there
EXAMINED = " under diagnose run="
Read = Callable[[Path], Any]  # of a run directory: what counts in it, or `None` if it is not believed


def flips(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Change a bit of each file, or cut it short, 50 times in each round."""
    expected = whole_state(begin(root), root)
    run = only_run(root)
    assert run is not None
    SweepState(run, "train", [Job(0, ["seed=1"], run / "0"), Job(1, ["seed=2"], run / "1")]).write()
    return [
        damage(run, LAST, partial(_same_state, expected), rounds * 50, rng),
        damage(run, RESULT, read_result, rounds * 50, rng),
        damage(run, SWEEP_STATE, read_sweep_state, rounds * 50, rng),
        damage(run, CONFIG, read_config, rounds * 50, rng),
        damage(run, METRICS, partial(_examined, lambda over: over.rows), rounds * 50, rng, EXAMINED),
        damage(run, CONFIG, partial(_examined, lambda over: over.section("model")), rounds * 50, rng, EXAMINED),
    ]


def damage(run: Path, name: str, read: Read, times: int, rng: random.Random, by: str = "") -> Count:
    """Damage one file of a run directory so many times, and leave it as it was.

    Args:
        run: The run directory.
        name: The file.
        read: Reads what counts.
        times: How often.
        rng: Draws the places.
        by: Which command reads, where there are several.
    """
    count, same = Count(f"flips in {name}{by}: noticed, or the same is read"), 0
    sound = (run / name).read_bytes()
    expected = read(run)
    for number in range(times):
        content, first = bytearray(sound), max(0, len(sound) - TAIL) if number % 2 else 0
        place = rng.randrange(first, len(sound))
        if number % 4 == 0:
            del content[place:]
        else:
            content[place] ^= 1 << rng.randrange(8)
        (run / name).write_bytes(content)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                found = read(run)
        except UserError:
            found = None
        except Exception as error:
            count.add(f"byte {place}: {error!r}")
            continue
        same += found is not None and equal(found, expected)
        count.add(None if found is None or equal(found, expected) else f"byte {place} was changed and not noticed")
    (run / name).write_bytes(sound)
    count.note = f"in {same} the same is read"
    return count


def _examined(asked: Callable[[RunOver], Any], run: Path) -> Any:
    """Return what `diagnose run=` takes for true, if it says nothing against it."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            found = asked(RunOver(run))
        except Skipped:
            return None
    return None if said.getvalue() else found


def _same_state(expected: dict[str, Any], run: Path) -> dict[str, Any]:
    found = state_of(run)
    assert found.keys() == expected.keys()
    return found

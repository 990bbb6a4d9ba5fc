"""Small runs on the bundled digits: begun, watched, resumed, and held against one that nobody disturbed."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from digitlab.checkpoints.format import previous
from digitlab.runs.directories import LAST, read_result
from support.states import equal, state_of
from torture.processes import Prepare, Run, start_warm

STEPS = 7  # batches between two checkpoints: what may be lost
SETTINGS = (
    "data=digits", "model=mlp", "model.hidden_sizes=[16]", "trainer.max_epochs=12",
    "callbacks.early_stopping.patience=100", "logger=csv", f"checkpoint_every.steps={STEPS}", "verbose=false",
    # auto would go by the clock, and remember its choice in each round's own folder
    "trainer.accelerator=cpu", "trainer.precision=32-true", "memory_format=contiguous",
)  # fmt: skip
Start = Callable[..., Run]


def begin(place: Path, *settings: str, how: Start = start_warm, **options: Any) -> Run:
    """Start a run whose directory will be below `place`; `options` are those of `how`."""
    return how(place, [*SETTINGS, *settings, f"paths.output_root={place}"], **options)


def only_run(place: Path) -> Path | None:
    """Return the run directory below `place`, if there is one yet."""
    runs = list((place / "train").glob("*")) if (place / "train").is_dir() else []
    return runs[0] if runs else None


def saved(place: Path) -> bool:
    """Return whether the run below `place` has something to lose."""
    run = only_run(place)
    return run is not None and any(path.is_file() for path in (run / LAST, previous(run / LAST)))


def wait_until(run: Run, true: Callable[[], bool]) -> None:
    """Wait until something is true of a run, or it has ended."""
    while run.ended() is None and not true():
        time.sleep(0.001)


def whole_state(run: Run, place: Path) -> dict[str, Any]:
    """Return the state in which a run below `place` ends that nobody disturbs."""
    if run.wait():
        sys.exit(f"a run that nobody disturbed failed:\n{run.errors()}")
    directory = only_run(place)
    assert directory is not None
    return state_of(directory)


def resume_and_compare(place: Path, expected: dict[str, Any], prepare: Prepare | None = None) -> str | None:
    """Resume the run below `place` to its end and return what is not as it should be, or `None`."""
    run = start_warm(place / "resumed", [f"resume={only_run(place)}"], prepare=prepare)
    return ended_well(run, place, expected)


def ended_well(run: Run, place: Path, expected: dict[str, Any]) -> str | None:
    """Wait for the end of a run below `place` and return what is not as it should be, or `None`."""
    if code := run.wait():
        return f"exit code {code}: {run.errors()}"
    directory = only_run(place)
    assert directory is not None
    if (read_result(directory) or {}).get("status") != "ok":
        return "result.json is not that of a finished run"
    if leftovers := list(directory.rglob(".*.tmp")):
        return f"left behind: {', '.join(path.name for path in leftovers)}"
    return None if equal(state_of(directory), expected) else "other bits at the end"


def count_steps(path: Path) -> Prepare:
    """Return what has a run write down each step it has done, so that it is known how far a killed one was."""
    return partial(_count_steps, path)


def _count_steps(path: Path) -> None:
    from digitlab.callbacks.last_checkpoint import LastCheckpoint

    handle = os.open(path, os.O_CREAT | os.O_WRONLY)
    done = LastCheckpoint.on_train_batch_end

    def note_and_go_on(self: LastCheckpoint, trainer: Any, *rest: Any, **named: Any) -> None:
        os.pwrite(handle, trainer.global_step.to_bytes(8, "big"), 0)  # the kernel has it, whatever becomes of us
        done(self, trainer, *rest, **named)

    LastCheckpoint.on_train_batch_end = note_and_go_on  # type: ignore[method-assign]


def steps_done(path: Path) -> int:
    """Return what `count_steps` has counted."""
    return int.from_bytes(path.read_bytes(), "big")

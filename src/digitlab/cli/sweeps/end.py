"""After the last job of a sweep: the table, and exit code 1 if a job is not ok, whatever launched them."""

from pathlib import Path

from digitlab.cli.exits import leave
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import INTERRUPTED, OK
from digitlab.runs.sweep_state import NOT_STARTED, SWEEP_STATE, read_sweep_state


def end_sweep(sweep: Path, failure: BaseException | None = None) -> None:
    """Print and write the table of all jobs.

    Args:
        sweep: The directory of the sweep.
        failure: What the launcher raised, if it did: the error of a job, or its own.

    Raises:
        Left: With exit code 1 if a job is not ok.
        BaseException: The failure, if no job tells of it.
        UserError: If the list of the jobs is gone.
    """
    from digitlab.cli.sweeps.table import report  # rich, which only tables need

    state = read_sweep_state(sweep)
    if state is None:
        raise failure or UserError(f"{shown(sweep / SWEEP_STATE)} cannot be read any more; the jobs are in its folder")
    wrong = {number: status for number, status in enumerate(report(state)) if status != OK}
    why = ""
    if failure is not None and {INTERRUPTED, NOT_STARTED} & {*wrong.values()}:  # or it is that of a job, in the table
        why = f"; {' '.join(f'{type(failure).__name__}: {failure}'.split())[:300]}"
    if wrong:
        names = ", ".join(f"job {number} {status}" for number, status in wrong.items())
        leave(1, f"{len(wrong)} of {len(state.jobs)} jobs are not ok: {names}{why}")
    if failure is not None:
        raise failure

"""After the last job of a sweep: the table, and exit code 1 if a job is not ok, whatever launched them."""

from pathlib import Path

from digitlab.cli.exits import leave
from digitlab.runs.sweep_state import OK, read_sweep_state


def end_sweep(sweep: Path, failure: BaseException | None = None) -> None:
    """Print and write the table of all jobs.

    Args:
        sweep: The directory of the sweep.
        failure: What the launcher raised, if it did: the error of a job, or its own.

    Raises:
        Left: With exit code 1 if a job is not ok.
    """
    from digitlab.cli.sweeps.table import report  # rich, which only tables need

    why = "" if failure is None else f"; {' '.join(f'{type(failure).__name__}: {failure}'.split())[:300]}"
    state = read_sweep_state(sweep, unfinished=f"it left no result{why}")
    if state is None:
        return
    state.complete = True
    state.write(sweep)
    report(sweep)
    wrong = [f"{job.number} {job.status}" for job in state.jobs if job.status != OK]
    if wrong:
        leave(1, f"{len(wrong)} of {len(state.jobs)} jobs are not ok: {', '.join(wrong)}")

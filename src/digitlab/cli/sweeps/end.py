"""After the last job of a sweep: the table, and exit code 1 if a job is not ok, whatever launched them."""

from pathlib import Path

from digitlab.cli.exits import leave
from digitlab.runs.sweep_state import OK, read_sweep_state


def end_sweep(sweep: Path) -> None:
    """Print and write the table of all jobs.

    Args:
        sweep: The directory of the sweep.

    Raises:
        Left: With exit code 1 if a job is not ok.
    """
    from digitlab.cli.sweeps.table import report  # rich, which only tables need

    state = read_sweep_state(sweep, over=True)
    if state is None:
        return
    state.complete = True
    state.write(sweep)
    report(sweep)
    wrong = [f"{job.number} {job.status}" for job in state.jobs if job.status != OK]
    if wrong:
        leave(1, f"{len(wrong)} of {len(state.jobs)} jobs are not ok: {', '.join(wrong)}")

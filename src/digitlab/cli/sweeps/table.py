"""The table of a sweep: what was varied, and what came of it."""

from typing import Any

from hydra.core.utils import filter_overrides

from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.reports.console import console, show_commands, show_facts, show_table
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import OK
from digitlab.runs.sweep_state import DONE, NOT_STARTED, SweepState
from digitlab.system.atomic_files import write_csv
from digitlab.system.commands import curves_command, evaluate_command, resume_sweep_command

USUAL = ("val/loss", "val/acc", "test/acc", "fit_seconds", "passed", "seconds")
Results = list[dict[str, Any]]  # of all jobs, in their order


def report(state: SweepState) -> list[str]:
    """Write `sweep.csv` and print the same as a table, without the settings that all jobs share.

    Returns:
        The status of each job.
    """
    results = [job.result() for job in state.jobs]
    statuses = [str(result["status"]) for result in results]
    if not results:
        return statuses
    typed = [dict(text.partition("=")[::2] for text in filter_overrides(job.overrides)) for job in state.jobs]
    monitored = [str(result["monitor"]) for result in results if "monitor" in result]
    known = dict.fromkeys([*monitored, *USUAL, "error"])
    figures = [name for name in known if any(result.get(name) is not None for result in results)]
    settings = [name for name in dict.fromkeys(name for own in typed for name in own) if name not in figures]
    rows = [
        {"job": number, "status": status, **own, **{name: result.get(name) for name in figures}}
        for number, (status, own, result) in enumerate(zip(statuses, typed, results, strict=True))
    ]
    path = state.directory / "sweep.csv"
    write_csv(path, rows, ["job", "status", *settings, *figures])
    varied = [name for name in settings if len({row.get(name) for row in rows}) > 1]
    columns = ["job", "status", *varied, *(name for name in figures if name != "error")]
    cells = [[_cell(name, row.get(name)) for name in columns] for row in rows]
    show_table(f"Sweep of {len(rows)} jobs", columns, cells)
    console.print(f"Written to {shown(path)}")
    _show_wrong(state, results)
    _show_next(state, results)
    return statuses


def _show_wrong(state: SweepState, results: Results) -> None:
    """Name the jobs that are not ok: how they ended, where they lie, and why in a line."""
    wrong, left = {}, []
    for job, result in zip(state.jobs, results, strict=True):
        if result["status"] == NOT_STARTED:
            left.append(str(job.number))
        elif result["status"] != OK:
            error = f": {result['error']}" if result.get("error") else ""
            wrong[f"job {job.number}, {result['status']}"] = f"{shown(job.directory)}{error}"
    if left:
        wrong[NOT_STARTED] = f"jobs {', '.join(left)}"
    if wrong:
        show_facts("Not ok", wrong)


def _show_next(state: SweepState, results: Results) -> None:
    """Name the commands to type next."""
    commands = []
    if any(state.directory.glob("*/tensorboard")):
        commands.append(("curves", curves_command(state.directory)))
    best = _best(results)
    if best is not None:
        directory = state.jobs[best].directory
        try:
            test = evaluate_command(directory, read_config(directory, "checkpoint").get("paths"))
            commands.append((f"test the best, job {best}", test))
        except UserError as damaged:
            console.print(str(damaged))
    if any(result["status"] not in DONE for result in results):
        commands.append(("continue the sweep", resume_sweep_command(state.command, state.directory)))
    if commands:
        show_commands(commands)


def _best(results: Results) -> int | None:
    """Return the number of the job that is ok and has the best monitored metric, if there is one with any."""
    done = {number: result for number, result in enumerate(results) if result["status"] == OK}
    first = next(iter(done.values()), {})
    monitor, better = str(first.get("monitor")), max if first.get("mode") == "max" else min
    measured = [number for number, result in done.items() if result.get(monitor) is not None]
    return better(measured, key=lambda number: results[number][monitor], default=None)


def _cell(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if name.endswith("seconds") else f"{value:.4f}"
    return "" if value is None else str(value)

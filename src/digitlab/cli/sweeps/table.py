"""The table of a sweep: what was varied, and what came of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import filter_overrides

from digitlab.paths import shown
from digitlab.reports.console import console, show_commands, show_facts, show_table
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import read_result
from digitlab.runs.sweep_state import DONE, NOT_STARTED, OK, Job, SweepState, read_sweep_state
from digitlab.system.atomic_files import write_csv
from digitlab.system.commands import curves_command, evaluate_command, resume_sweep_command

USUAL = ("val/loss", "val/acc", "test/acc", "fit_seconds", "passed", "seconds")


def collect(sweep_dir: Path, jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Return a row for each job of a sweep: number, status, overrides, figures, and the error of a failed one."""
    rows = []
    for job in jobs:
        result = (read_result(sweep_dir / job.directory) or {}) if job.status != NOT_STARTED else {}
        settings = dict(override.partition("=")[::2] for override in filter_overrides(job.overrides))
        figures = {name: result[name] for name in _names(result) if result.get(name) is not None}
        error = {} if job.error is None else {"error": job.error}
        rows.append({"job": job.number, "status": job.status, **settings, **figures, **error})
    return rows


def _names(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the figures that are shown of a result: the usual ones, and what its run went by."""
    monitor = result.get("monitor")
    return USUAL if monitor is None or monitor in USUAL else (monitor, *USUAL)


def best_row(sweep_dir: Path, state: SweepState, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the job that is ok and has the best monitored metric, or `None` if there is none with one."""
    done = [job for job in state.jobs if job.status == OK]
    if not done:
        return None
    found = read_result(sweep_dir / done[0].directory) or {}
    monitor = str(found.get("monitor"))
    best = max if found.get("mode") == "max" else min
    return best(
        (row for row in rows if row["status"] == OK and monitor in row), key=lambda row: row[monitor], default=None
    )


def report(sweep_dir: Path) -> None:
    """Write `sweep.csv` and print the same as a table, without the settings that all jobs share.

    The best is named by the monitored metric, never by test.
    """
    state = read_sweep_state(sweep_dir)
    if state is None or not state.jobs:
        return
    rows = collect(sweep_dir, state.jobs)
    names = dict.fromkeys(name for row in rows for name in row)
    known = dict.fromkeys(name for job in state.jobs for name in _names(read_result(sweep_dir / job.directory) or {}))
    settings = [name for name in names if name not in ("job", "status", *known, "error")]
    figures = [name for name in (*known, "error") if name in names]
    path = sweep_dir / "sweep.csv"
    write_csv(path, rows, ["job", "status", *settings, *figures])
    varied = [name for name in settings if len({row.get(name) for row in rows}) > 1]
    shown_names = ["job", "status", *varied, *(name for name in figures if name != "error")]
    cells = [[_cell(name, row.get(name)) for name in shown_names] for row in rows]
    show_table(f"Sweep of {len(rows)} jobs", shown_names, cells)
    console.print(f"Written to {shown(path)}")
    _show_wrong(sweep_dir, state)
    commands = []
    if any(sweep_dir.glob("*/tensorboard")):
        commands.append(("curves", curves_command(sweep_dir)))
    best = best_row(sweep_dir, state, rows)
    if best is not None:
        directory = sweep_dir / state.jobs[best["job"]].directory
        test = evaluate_command(directory, read_config(directory)["paths"])
        commands.append((f"test the best, job {best['job']}", test))
    if any(job.status not in DONE for job in state.jobs):
        commands.append(("continue the sweep", resume_sweep_command(state.command, sweep_dir)))
    if commands:
        show_commands(commands)


def _show_wrong(sweep_dir: Path, state: SweepState) -> None:
    """Name the jobs that are not ok: how they ended, where they lie, and why in a line."""
    wrong = {
        f"job {job.number}, {job.status}": shown(sweep_dir / job.directory) + (f": {job.error}" if job.error else "")
        for job in state.jobs
        if job.status not in (OK, NOT_STARTED)
    }
    left = [str(job.number) for job in state.jobs if job.status == NOT_STARTED]
    if left:
        wrong[NOT_STARTED] = f"jobs {', '.join(left)}"
    if wrong:
        show_facts("Not ok", wrong)


def _cell(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if name.endswith("seconds") else f"{value:.4f}"
    return "" if value is None else str(value)

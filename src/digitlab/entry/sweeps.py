"""The table of a sweep: what was varied, and what came of it."""

import shlex
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from digitlab.paths import script, shown, typed
from digitlab.report.console import console, show_commands, show_table
from digitlab.runs.directories import CONFIG, read_result
from digitlab.runs.files import write_csv

FIGURES = ("val/loss", "val/acc", "test/acc", "fit_seconds", "passed", "seconds")


def collect(sweep_dir: Path) -> list[dict[str, Any]]:
    """Return a row for each job of a sweep: number, status, overrides, figures, and the error of a failed one."""
    rows = []
    numbered = [path for path in sweep_dir.iterdir() if path.is_dir() and path.name.isdigit()]
    for job in sorted(numbered, key=lambda path: int(path.name)):
        result = read_result(job) or {"status": "no result"}
        overrides = OmegaConf.load(job / ".hydra" / "overrides.yaml")
        settings = dict(str(override).split("=", 1) for override in overrides)
        figures = {name: result[name] for name in (*FIGURES, "error") if result.get(name) is not None}
        rows.append({"job": int(job.name), "status": result["status"], **settings, **figures})
    return rows


def best_row(sweep_dir: Path, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the finished job with the best monitored metric, or `None` if there is none with one."""
    config = OmegaConf.load(sweep_dir / str(rows[0]["job"]) / CONFIG)
    if "monitor" not in config:
        return None
    finished = [row for row in rows if row["status"] == "ok" and config.monitor in row]
    best = max if config.mode == "max" else min
    return best(finished, key=lambda row: row[config.monitor], default=None)


def report(sweep_dir: Path) -> None:
    """Write `sweep.csv` and print the same as a table, without the settings that all jobs share.

    The jobs stand in the order in which they ran. The best is named by the monitored metric, never by test.
    """
    rows = collect(sweep_dir)
    if not rows:
        return
    names = dict.fromkeys(name for row in rows for name in row)
    settings = [name for name in names if name not in ("job", "status", *FIGURES, "error")]
    figures = [name for name in (*FIGURES, "error") if name in names]
    path = sweep_dir / "sweep.csv"
    write_csv(path, rows, ["job", "status", *settings, *figures])
    varied = [name for name in settings if len({row.get(name) for row in rows}) > 1]
    shown_names = ["job", "status", *varied, *(name for name in figures if name != "error")]
    cells = [[_cell(name, row.get(name)) for name in shown_names] for row in rows]
    show_table(f"Sweep of {len(rows)} jobs", shown_names, cells)
    console.print(f"Written to {shown(path)}")
    commands = []
    if any(sweep_dir.glob("*/tensorboard")):
        commands.append(("curves", f"{typed('tensorboard')} --logdir {shlex.quote(shown(sweep_dir))}"))
    best = best_row(sweep_dir, rows)
    if best is not None:
        reference = f"checkpoint={shown(sweep_dir / str(best['job']))}"
        commands.append((f"test the best, job {best['job']}", f"{script('eval')} {shlex.quote(reference)}"))
    if commands:
        show_commands(commands)


def _cell(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if name.endswith("seconds") else f"{value:.4f}"
    return "" if value is None else str(value)

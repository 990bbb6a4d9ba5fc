"""The table of a sweep: what was varied, and what came of it."""

import csv
import math
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from digitlab.paths import script, shown, typed
from digitlab.report.console import console, show_commands, show_table
from digitlab.runs.directories import read_result

FIGURES = ("val/loss", "val/acc", "test/acc", "fit_seconds")


def collect(sweep_dir: Path) -> list[dict[str, Any]]:
    """Return a row for each job of a sweep: its number, status, overrides and figures."""
    rows = []
    numbered = [path for path in sweep_dir.iterdir() if path.is_dir() and path.name.isdigit()]
    for job in sorted(numbered, key=lambda path: int(path.name)):
        result = read_result(job) or {"status": "no result"}
        overrides = OmegaConf.load(job / ".hydra" / "overrides.yaml")
        settings = dict(str(override).split("=", 1) for override in overrides)
        figures = {name: result[name] for name in FIGURES if result.get(name) is not None}
        rows.append({"job": int(job.name), "status": result["status"], **settings, **figures})
    return rows


def report(sweep_dir: Path) -> None:
    """Write `sweep.csv` and print the same as a table: settings that all jobs share are left out of it.

    The jobs stand in the order in which they ran. The best is named by validation, never by test.
    """
    rows = collect(sweep_dir)
    if not rows:
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    columns.sort(key=lambda name: FIGURES.index(name) if name in FIGURES else -1)
    path = sweep_dir / "sweep.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    varied = [
        name for name in columns if name in ("job", "status", *FIGURES) or len({row.get(name) for row in rows}) > 1
    ]
    show_table(
        f"Sweep of {len(rows)} jobs",
        varied,
        [[_cell(name, row.get(name)) for name in varied] for row in rows],
    )
    console.print(f"Written to {shown(path)}")
    commands = [("curves", f"{typed('tensorboard')} --logdir {shown(sweep_dir)}")]
    best = min(rows, key=lambda row: row.get("val/loss", math.inf))
    if "val/loss" in best:
        path = sweep_dir / str(best["job"])
        commands.append((f"test job {best['job']}, least val/loss", f"{script('eval')} checkpoint={shown(path)}"))
    show_commands(commands)


def _cell(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if name.endswith("_seconds") else f"{value:.4f}"
    return "" if value is None else str(value)

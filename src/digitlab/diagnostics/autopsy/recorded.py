"""What the checkpoints of a run hold of its files, which may have been changed, cut or removed since."""

import math
from pathlib import Path
from typing import Any

from digitlab.checkpoints.format import SECTIONS
from digitlab.checkpoints.header import first_readable, read_header
from digitlab.diagnostics.autopsy.metrics_file import Row, check_rows
from digitlab.errors import UserError
from digitlab.reports.csv_logger import CsvLogger
from digitlab.runs.directories import BEST, LAST, find_checkpoints
from digitlab.system.plain_data import NotPlainData, plain

FREE = ("download", "timeout_seconds", "workers", "kept_in")  # of data: what may be another one after a resume


def read_newest_header(directory: Path) -> dict[str, Any]:
    """Return the header of the newest checkpoint that can be read; empty if there is none."""
    try:
        files = find_checkpoints("run", str(directory), directory, names=(LAST, BEST))
        return first_readable(files, read_header)[1]
    except (UserError, OSError):
        return {}


def recorded_rows(header: dict[str, Any]) -> list[Row]:
    """Return the rows of metrics.csv up to that checkpoint; none if it has none, or anything else in their place."""
    callbacks = header.get("callbacks")
    state = callbacks.get(CsvLogger.__qualname__) if isinstance(callbacks, dict) else None
    try:
        rows = [{name: float(value) for name, value in row.items()} for row in state["rows"]]  # type: ignore[index]
        check_rows(rows)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        return []
    return rows


def is_continuation(rows: list[Row], recorded: list[Row]) -> bool:
    """Return whether rows begin with those recorded, whose last one may have got more figures since."""
    return len(rows) >= len(recorded) and all(
        known.keys() <= row.keys()
        and (number == len(recorded) or known.keys() == row.keys())
        and all(row[name] == value or (math.isnan(row[name]) and math.isnan(value)) for name, value in known.items())
        for number, (row, known) in enumerate(zip(rows, recorded, strict=False), start=1)
    )


def differing_sections(settings: dict[str, Any], recorded: dict[str, Any]) -> list[str]:
    """Return the names of the recorded sections that are others in the settings, in what a resume may not change."""

    def fixed(section: Any) -> Any:
        return {key: it for key, it in section.items() if key not in FREE} if isinstance(section, dict) else section

    return [name for name, section in recorded.items() if fixed(settings.get(name)) != fixed(section)]


def recorded_settings(header: dict[str, Any]) -> dict[str, Any]:
    """Return the sections that the module was made of; none if there is anything else in their place."""
    try:
        settings = plain(header.get(SECTIONS, header.get("hyper_parameters")))
    except NotPlainData:
        return {}
    return settings if isinstance(settings, dict) else {}

"""What the doctor says on the terminal: the most likely cause first, then what is wrong, then what is well."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from digitlab.paths import shown
from digitlab.reports.console import console
from digitlab.reports.verdict import FAIL, PASS, SKIP, WARN, Diagnosis, Result, counts, of_status, verdict

STYLES = {FAIL: "bold red", WARN: "bold yellow", PASS: "green", SKIP: "dim"}


def introduce(directory: Path, subject: str) -> None:
    """Print what is examined, before it is.

    Args:
        directory: Where the report will lie.
        subject: What is examined, and for how long.
    """
    console.print(f"digitlab diagnose, in {shown(directory)}")
    console.print(f"Examines {subject}")


def show(diagnosis: Diagnosis, directory: Path, files: Sequence[str], *, verbose: bool) -> None:
    """Print what came of an examination, in full or, within a sweep, in a line.

    Args:
        diagnosis: With all results.
        directory: Where the report lies.
        files: Its files.
        verbose: Whether in full.
    """
    cause = diagnosis.cause
    if not verbose:
        likely = "" if cause is None else f"; most likely cause {cause.status} {cause.code}, {cause.title}"
        console.print(f"{verdict(diagnosis)}{likely}, in {shown(directory)}")
        return
    console.print()
    if cause is not None:
        _heading(cause, f"Most likely cause: {cause.status} ")
        _details(cause)
    for status in (FAIL, WARN):
        for result in of_status(diagnosis.results, status):
            if result is not cause:
                _heading(result, f"{status}  ")
                _details(result)
    _rows("what is well", "measured", [(one, one.value) for one in of_status(diagnosis.results, PASS)])
    _rows("what was not checked", "because", [(one, one.why) for one in of_status(diagnosis.results, SKIP)])
    console.print(f"{counts(diagnosis)}, in {diagnosis.seconds:.1f} s: {diagnosis.subject}")
    console.print(f"{shown(directory)}: {', '.join(files)}")


def _heading(result: Result, before: str) -> None:
    console.print(Text.assemble((f"{before}{result.code} ", STYLES[result.status]), (result.title, "bold")))


def _details(result: Result) -> None:
    """Print what was measured, and what to do; the remedy is never broken, so that it can be copied."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=8, style="cyan")
    table.add_column(overflow="fold")
    for name, text in (("measured", result.value), ("bound", result.bound), ("why", result.why)):
        if text:
            table.add_row(name, Text(text))
    console.print(table, soft_wrap=False)
    if result.remedy:
        for number, line in enumerate(result.remedy.splitlines()):
            console.print(Text.assemble((f"{'' if number else 'remedy':8}  ", "cyan"), (line, "bold")))
    console.print()


def _rows(title: str, beside: str, rows: Sequence[tuple[Result, str]]) -> None:
    """Print a line or two for each result; the bounds are on the page, and in `rules`."""
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for column in ("code", ""):
        table.add_column(column, no_wrap=True)
    for column in (title, beside):
        table.add_column(column, overflow="fold", ratio=1)
    for result, text in rows:
        table.add_row(result.code, Text(result.status, STYLES[result.status]), Text(result.title), Text(text))
    console.print(table, soft_wrap=False)
    console.print()

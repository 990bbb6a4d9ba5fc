"""The table of the suite `remedies`, in Markdown: a block for each illness, a row for each remedy."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.remedy_cases import SICK, Case
from benchmarks.symptom_names import DIVERGED, VAL_ACC, verdict, written

Contests = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def values_of(runs: Sequence[Mapping[str, Any]], measure: str) -> list[float | None]:
    """Return a measure of each run, `None` where it has none."""
    return [run["figures"].get(measure) for run in runs]


def markdown(cases: Sequence[Case], results: Contests) -> Iterator[str]:
    """Yield the lines: number and validation accuracy, mean ± sd, and what the remedy did to both.

    Args:
        cases: In this order; those without results are left out.
        results: Runs by title of the case and name of the contender.
    """
    for case in cases:
        runs = results.get(case.title)
        if runs is None:
            continue
        yield f"**{case.title[0].upper()}{case.title[1:]}** (`{' '.join(case.net)}`)"
        yield ""
        yield f"| | settings | {_plain(case.number)} | | validation accuracy | | n |"
        yield "|---|---|---|---|---|---|---|"
        own = {SICK: case.sick, **case.remedies}
        for name, settings in own.items():
            yield _row(case, name, " ".join(settings), runs)
        yield ""


def _row(case: Case, name: str, settings: str, runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    cells = [name, f"`{settings}`" if settings else ""]
    for measure in (case.number, VAL_ACC):
        sick, treated = values_of(runs[SICK], measure), values_of(runs[name], measure)
        cells += [written(measure, treated), "" if name == SICK else verdict(measure, sick, treated)]
    lost = sum(bool(value) for value in values_of(runs[name], DIVERGED))
    cells.append(f"{len(runs[name])}" + (f", {lost} diverged" if lost else ""))
    return f"| {' | '.join(cells)} |"


def _plain(measure: str) -> str:
    return measure.removesuffix(" [%]")

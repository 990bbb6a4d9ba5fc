"""From the runs of a contest to its tables: one for each measure."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Runs = Mapping[str, Sequence[Mapping[str, Any]]]
Values = Sequence[float | None]
SHARE = "[%]"  # measures that end like this are compared by their difference, all others by their ratio


class Row(NamedTuple):
    """One contender in one measure.

    Attributes:
        name: Of the contender.
        values: Its figures, without the rounds in which it has none.
        rounds: How often it ran.
        ratios: The first contender's figure over its own, of each round in which both have one, ascending.
    """

    name: str
    values: list[float]
    rounds: int
    ratios: list[float]


def measures(runs: Runs) -> list[str]:
    """Return every measure that some run has, in the order in which they first occur."""
    return list(dict.fromkeys(measure for turns in runs.values() for run in turns for measure in run["figures"]))


def rows(runs: Runs, measure: str) -> list[Row]:
    """Return a row for each contender that has the measure."""
    columns = {
        name: [run["figures"].get(measure) for run in turns]
        for name, turns in runs.items()
        if any(measure in run["figures"] for run in turns)
    }
    first = next(iter(columns.values()))
    return [
        Row(name, [value for value in column if value is not None], len(column), round_ratios(first, column))
        for name, column in columns.items()
    ]


def round_ratios(first: Values, other: Values) -> list[float]:
    """Return `first / other` of each round, ascending; one that ran less often stands with its last figure."""
    rounds = max(len(first), len(other))
    pairs = [(first[min(turn, len(first) - 1)], other[min(turn, len(other) - 1)]) for turn in range(rounds)]
    return sorted(one / two for one, two in pairs if one is not None and two)


def difference(first: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Return mean(first) - mean(other) and its standard error, that of independent samples."""
    error = math.sqrt(statistics.variance(first) / len(first) + statistics.variance(other) / len(other))
    return statistics.fmean(first) - statistics.fmean(other), error


def lines(runs: Runs) -> Iterator[str]:
    """Yield the tables of a contest, line by line."""
    for measure in measures(runs):
        table = rows(runs, measure)
        width = max(len(measure), *(len(row.name) for row in table))
        if measure.endswith(SHARE):
            yield f"  {measure:{width}}      n      mean ± sd         {table[0].name} - it ± standard error"
            yield from (f"  {row.name:{width}}  {_count(row)}  {_mean(row)}  {_apart(table[0], row)}" for row in table)
        else:
            yield f"  {measure:{width}}      n    median       min       max   {table[0].name} / it (min to max)"
            yield from (f"  {row.name:{width}}  {_count(row)}  {_extremes(row)}   {_ratio(row)}" for row in table)


def _count(row: Row) -> str:
    """Return n, or how many of n reached what was measured."""
    found = len(row.values)
    return f"{row.rounds if found == row.rounds else f'{found}/{row.rounds}':>5}"


def _extremes(row: Row) -> str:
    if not row.values:
        return "not reached"
    return "  ".join(
        f"{short(value, 3):>8}" for value in (statistics.median(row.values), min(row.values), max(row.values))
    )


def short(value: float, digits: int) -> str:
    """Return a number with so many digits behind the point, or with its power of ten where that would hide it."""
    return f"{value:.{digits}f}" if value == 0 or 10**-digits <= abs(value) < 1e6 else f"{value:.1e}"


def _ratio(row: Row) -> str:
    if not row.ratios:
        return "-"
    return f"{statistics.median(row.ratios):.3f} ({row.ratios[0]:.3f} to {row.ratios[-1]:.3f})"


def _mean(row: Row) -> str:
    if len(row.values) < 2:
        return f"{row.values[0]:.3f}        " if row.values else "not reached"
    return f"{statistics.fmean(row.values):.3f} ± {statistics.stdev(row.values):.3f}"


def _apart(first: Row, row: Row) -> str:
    if row is first or min(len(first.values), len(row.values)) < 2:
        return ""
    gap, error = difference(first.values, row.values)
    return f"{gap:+.3f} ± {error:.3f}"

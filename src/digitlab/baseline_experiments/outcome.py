"""What an experiment hands over: figures, the bounds they have to keep, and what there is to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bound:
    """A figure and what it must be.

    Attributes:
        figure: What was measured, in words.
        value: The figure itself.
        at_least: Least allowed value, or `None`.
        at_most: Largest allowed value, or `None`.
    """

    figure: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the value is a number within the bound."""
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        limit = f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"
        return f"{self.figure} {self.value:.4g} ({limit}: {'kept' if self.kept else 'MISSED'})"


@dataclass(frozen=True)
class Table:
    """Rows to be printed: numbers come rounded and as text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """The outcome of an experiment.

    Attributes:
        summary: What came out, in one line.
        figures: Plain data for `result.json`.
        metrics: Rows of `metrics.csv`; not all need the same columns.
        bounds: What must hold; `check=true` makes it an error if one does not.
        story: What `plots/<name>.py` draws, or `None` for nothing.
        tables: What is printed before the summary.
    """

    summary: str
    figures: Mapping[str, Any]
    metrics: Sequence[Mapping[str, Any]]
    bounds: Sequence[Bound]
    story: Any = None
    tables: Sequence[Table] = ()

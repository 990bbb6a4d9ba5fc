"""What an examination came to: the results, and the most likely cause."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from digitlab.diagnostics.result import Result, Status

OUTCOMES = ("DL308", "DL4", "DL6")  # what a training came to: its length, its dynamics, how it generalises


@dataclass(frozen=True)
class Diagnosis:
    """What an examination came to.

    Attributes:
        results: One of each rule, in the order of their codes.
        cause: The most likely cause of all that failed, or `None` if nothing did.
        figures: Curves and tables that the report draws, by name; plain data.
        subject: What was examined, in a line.
        seconds: How long it took.
    """

    results: tuple[Result, ...]
    cause: Result | None
    figures: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Return whether anything failed."""
        return any(result.status is Status.FAIL for result in self.results)

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(asdict(self), indent=2, allow_nan=False)

    def to_html(self) -> str:
        """Return a page that holds all it shows, and asks for nothing from elsewhere."""
        from digitlab.reports.diagnosis_page import page

        return page(self)


def most_likely_cause(results: Sequence[Result], explains: dict[str, tuple[str, ...]]) -> Result | None:
    """Return the failure that no other finding explains; or the warning that explains all failures.

    A warning about data, model or settings explains what a training came to, other warnings, and no failure of its own
    kind.

    Args:
        results: In the order of their codes: data first, for what is wrong there shows everywhere else.
        explains: The codes of the symptoms of each rule.
    """
    wrong = [result for result in results if result.status in (Status.FAIL, Status.WARN)]
    warnings = {result.code for result in wrong if result.status is Status.WARN}
    symptoms = {
        code
        for result in wrong
        for code in explains.get(result.code, ())
        if result.status is Status.FAIL
        or code in warnings
        or (code.startswith(OUTCOMES) and not result.code.startswith(OUTCOMES))
    }
    roots = [result for result in wrong if result.code not in symptoms] or wrong
    return min(roots, key=lambda result: result.status is not Status.FAIL, default=None)

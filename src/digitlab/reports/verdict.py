"""What came of an examination, in a line. The doctor stands above this room: here its results are only read."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

FAIL, WARN, PASS, SKIP = "FAIL", "WARN", "PASS", "SKIP"
ORDER = {FAIL: "failed", WARN: "warned", PASS: "passed", SKIP: "skipped"}  # what needs somebody comes first


class Result(Protocol):
    """What is shown of a check."""

    @property
    def code(self) -> str: ...  # noqa: D102 - read from what diagnostics/result.py describes, and so are the rest
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102
    @property
    def bound(self) -> str: ...  # noqa: D102
    @property
    def why(self) -> str: ...  # noqa: D102
    @property
    def remedy(self) -> str: ...  # noqa: D102


class Diagnosis(Protocol):
    """What is shown of an examination."""

    @property
    def results(self) -> Sequence[Result]: ...  # noqa: D102
    @property
    def cause(self) -> Result | None: ...  # noqa: D102
    @property
    def figures(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102


def of_status(results: Sequence[Result], status: str) -> list[Result]:
    """Return the results that ended so, in their order."""
    return [result for result in results if result.status == status]


def counts(diagnosis: Diagnosis) -> str:
    """Return how many checks ended how: "2 failed, 1 warned, 30 passed, 1 skipped"."""
    numbers = {word: len(of_status(diagnosis.results, status)) for status, word in ORDER.items()}
    return ", ".join(f"{count} {word}" for word, count in numbers.items() if count) or "nothing was checked"


def verdict(diagnosis: Diagnosis) -> str:
    """Return in a line what came out: what failed, or else what warned, or that nothing is wrong."""
    total = len(diagnosis.results)
    for status in (FAIL, WARN):
        wrong = of_status(diagnosis.results, status)
        if wrong:
            return f"{len(wrong)} of {total} checks {ORDER[status]}: {', '.join(result.code for result in wrong)}"
    return f"nothing is wrong in {total} checks" if total else "nothing was checked"

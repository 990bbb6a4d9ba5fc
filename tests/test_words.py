"""Names that this project had once and that told nobody what they mean do not come back."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitlab.paths import PROJECT_ROOT

ROOMS = ("src", "tests", "scripts", "conf", "docs")
NAMES = {  # of modules, functions, classes and variables, and what says it today
    "again": "resume",
    "apart": "isolated_process",
    "arithmetic": "autotune, precision",
    "exclusive": "lock",
    "findings": "faults",
    "guard": "preflight",
    "heal": "repair",
    "healed": "repair",
    "held_back": "split count",
    "lean_loop": "fast_loop",
    "outline": "header",
    "quotes": "quoting",
    "seal": "checksum",
    "sealed": "checksum",
    "unseal": "checksum",
}
PHRASES = {  # in comments, messages and documents
    r"\b(?:go(?:es|ne)?|going) on (?:with|from)\b": "continue, resume",
    r"\bwhat is not done of\b": "the jobs that are not done",
    r"(?<![a-z])heal(?:s|ed|ing)(?![a-z])": "repair",
    r"\bheld back\b": "validation part, split",
    r"\blean loop\b": "fast loop",
    r"\bdata[/.]catalog\b": "data/catalogue",
    r"\bcatalog\.NAMES\b": "catalogue.NAMES",
    r"\bcheckpoints\.rehearsal\b": "checkpoints.restoring",
    r"\bruns[/.](?:outline|plan)\b": "checkpoints/header, runs/sweep_state",
    r"\bdigitlab[/.](?:entry|report|experiments|arithmetic|memory|stages|construct)\b": "see docs/architecture.md",
}


def files() -> Iterator[Path]:
    """Yield every text of the project but this one."""
    for room in ROOMS:
        for path in sorted((PROJECT_ROOT / room).rglob("*")):
            if path.suffix in (".py", ".sh", ".yaml", ".md") and path != Path(__file__):
                yield path
    yield PROJECT_ROOT / "README.md"


def names(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names in a Python file with their lines, and its own name."""
    yield path.stem, 0
    if path.suffix == ".py":
        with tokenize.open(path) as file:
            for token in tokenize.generate_tokens(file.readline):
                if token.type == tokenize.NAME:
                    yield token.string, token.start[0]


@pytest.mark.parametrize("name", NAMES)
def test_no_old_name_is_used(name: str) -> None:
    found = [f"{path.relative_to(PROJECT_ROOT)}:{line}" for path, used, line in USED if used == name]
    assert not found, f"{name} is {NAMES[name]} today: {found}"


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_old_phrase_is_used(phrase: str) -> None:
    found = [
        f"{path.relative_to(PROJECT_ROOT)}:{number}"
        for path, lines in LINES.items()
        for number, line in enumerate(lines, 1)
        if re.search(phrase, line, flags=re.IGNORECASE)
    ]
    assert not found, f"say {PHRASES[phrase]}: {found}"


LINES = {path: path.read_text(encoding="utf-8").splitlines() for path in files()}
USED = [(path, name, line) for path in LINES for name, line in names(path)]

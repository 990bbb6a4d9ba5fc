"""Every place that reads files is in docs/security.md, with a limit and with cases of what a stranger could do."""

import re

from digitlab.paths import PROJECT_ROOT
from support.readers import readers
from torture.hostile_code import TRAPS
from torture.hostile_contents import CONTENTS
from torture.hostile_links import KINDS, LINKS
from torture.hostile_sizes import SIZES

TEXT = (PROJECT_ROOT / "docs" / "security.md").read_text(encoding="utf-8").partition("## Places that read files")[2]
ROWS = [row.strip("|").split("|") for row in TEXT.splitlines() if row.startswith("| `")]
GROUPS = {"CODE": TRAPS, "LINKS": LINKS, "KINDS": KINDS, "SIZES": SIZES, "CONTENTS": CONTENTS}


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_each_reader_stands_in_the_table_and_each_of_the_table_reads() -> None:
    listed = [name for row in ROWS for name in named(row[0])]
    assert len(listed) == len(set(listed))
    new, gone = readers() - {*listed}, {*listed} - readers()
    assert not new, f"give these a row in docs/security.md, with a limit and cases: {sorted(new)}"
    assert not gone, f"these read no more: {sorted(gone)}"


def test_each_reader_of_strangers_files_has_a_limit_and_cases() -> None:
    for functions, what, most, cases in ROWS:
        if "own source" in what:
            continue
        assert most.strip()
        assert named(cases), f"{functions} has no case"
        for name in named(cases):
            assert name in GROUPS or (PROJECT_ROOT / name).is_file(), name


def test_each_kind_has_ten_cases_of_its_own() -> None:
    for name, group in GROUPS.items():
        labels = [case.label for case in group]
        assert len(labels) == len(set(labels)) >= 10, name

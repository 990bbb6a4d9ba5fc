"""The rules on the terminal and as Markdown."""

import pytest

from digitlab.reports.rule_list import rules_as_markdown, show_rules
from support.diagnoses import rule

RULES = [rule("DL101"), rule("DL102", "Another thing"), rule("DL301")]


def test_all_rules_are_listed_by_groups(capsys: pytest.CaptureFixture[str]) -> None:
    show_rules(RULES)
    said = capsys.readouterr().out
    order = ["data", "DL101", "DL102", "optimisation", "DL301", "3 rules"]
    assert [said.index(word) for word in order] == sorted(said.index(word) for word in order)
    assert "what is <looked> at" in said


def test_markdown_has_an_anchor_for_each() -> None:
    page = rules_as_markdown(RULES)
    assert page.splitlines()[0] == "### Data"
    for one in RULES:
        assert f'<a id="{one.code}"></a>' in page
    assert "- Looks at: what is &lt;looked> at\n" in page
    assert "- Bound: 0..1, since 1 \\* 1 = 1\n" in page
    assert rules_as_markdown([]) == ""

"""The rules as a set: codes, words, and which explains which."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from digitlab.diagnostics import rules
from digitlab.diagnostics.diagnosis import most_likely_cause
from digitlab.diagnostics.result import GROUPS, Finding, Result, Rule, Status, judged
from digitlab.diagnostics.rules import all_rules


def result(code: str, status: Status) -> Result:
    return Result(code, status, "", "", "", "", "")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rule_says_what_it_looks_at_and_where_its_bound_comes_from(rule: Rule) -> None:
    assert list(Path(*rules.__path__).glob(f"{rule.code.lower()}_*.py"))
    assert rule.group == GROUPS[rule.code[2]]
    for text in (rule.title, rule.looks_at, rule.bound, rule.why):
        assert len(text) > 15
        assert "  " not in text
    assert "FAIL" in rule.bound or "WARN" in rule.bound
    assert set(rule.explains) <= {other.code for other in all_rules()} - {rule.code}


def test_a_rule_that_fails_itself_costs_no_other_one_its_verdict() -> None:
    def check(evidence: object) -> Finding:
        raise IndexError("of a kind of labels\nthat nobody thought of")

    found = judged(Rule("DL999", "title", "looks", "FAIL", "why", check), object())
    assert (found.status, found.why) == (Status.SKIP, "the rule itself failed, IndexError: of a kind of labels")


def test_no_fault_is_explained_in_a_circle() -> None:
    graph = TopologicalSorter({rule.code: rule.explains for rule in all_rules()})
    graph.prepare()  # raises for a circle
    assert len({rule.code for rule in all_rules()}) == len(all_rules()) >= 40


@pytest.mark.parametrize(
    ("statuses", "cause"),
    [
        ({"DL101": "PASS", "DL302": "SKIP"}, None),
        ({"DL101": "FAIL", "DL302": "FAIL"}, "DL101"),
        ({"DL205": "FAIL", "DL303": "FAIL"}, "DL303"),  # which explains it
        ({"DL205": "FAIL", "DL303": "WARN"}, "DL205"),  # a warning explains no fault
        ({"DL402": "FAIL", "DL303": "WARN"}, "DL303"),  # but what a training came to
        ({"DL101": "WARN", "DL302": "FAIL"}, "DL302"),
        ({"DL101": "WARN"}, "DL101"),
        ({"DL205": "WARN", "DL303": "WARN"}, "DL303"),  # nor is it the symptom of one
    ],
)
def test_the_cause_is_what_nothing_else_explains(statuses: dict[str, str], cause: str | None) -> None:
    explains = {"DL303": ("DL205", "DL402")}
    found = most_likely_cause([result(code, Status(status)) for code, status in statuses.items()], explains)
    assert (None if found is None else found.code) == cause

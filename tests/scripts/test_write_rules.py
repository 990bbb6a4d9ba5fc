"""docs/doctor.md has the rules as they are."""

from digitlab.diagnostics.rule_sets import every_rule
from write_rules import BEGIN, END, PAGE, with_rules


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_rules(text), "the rules have changed: python scripts/write_rules.py"
    assert all(f'<a id="{rule.code}"></a>' in text for rule in every_rule())


def test_what_stands_around_the_rules_stays() -> None:
    text = f"before\n{BEGIN}rules of last year\n{END}after\n"
    written = with_rules(text)
    assert written.startswith(f"before\n{BEGIN}")
    assert written.endswith(f"{END}after\n")
    assert "last year" not in written

"""`python src/diagnose.py rules`, as it is typed."""

from conftest import run_script
from digitlab.diagnostics.rule_sets import every_rule


def test_the_rules_are_listed() -> None:
    done = run_script("diagnose.py", "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(rule.code in done.stdout for rule in every_rule())
    assert f"{len(every_rule())} rules" in done.stdout

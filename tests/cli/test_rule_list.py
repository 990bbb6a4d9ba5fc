"""`python src/diagnose.py rules`, as it is typed."""

from conftest import run_script
from digitlab.diagnostics.rules import all_rules


def test_the_rules_are_listed() -> None:
    done = run_script("diagnose.py", "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(rule.code in done.stdout for rule in all_rules())
    assert f"{len(all_rules())} rules" in done.stdout

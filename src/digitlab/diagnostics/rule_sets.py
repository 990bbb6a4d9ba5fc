"""The two sets of rules: for a training to come, and for a run that is over."""

from digitlab.diagnostics.autopsy.rules import all_rules as rules_of_runs
from digitlab.diagnostics.result import Rule
from digitlab.diagnostics.rules import all_rules as rules_of_trainings

__all__ = ["every_rule", "rules_of_runs", "rules_of_trainings"]


def every_rule() -> tuple[Rule, ...]:
    """Return the rules of both sets, in the order of their codes."""
    return tuple(sorted((*rules_of_trainings(), *rules_of_runs()), key=lambda rule: rule.code))

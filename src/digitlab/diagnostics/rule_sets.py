"""The two sets of rules: for a training to come, and for a run that is over."""

from importlib import import_module

from digitlab.diagnostics.result import Rule
from digitlab.diagnostics.rules import all_rules


def rules_of_runs() -> tuple[Rule, ...]:
    """Return the rules for a run that is over."""
    try:
        found: tuple[Rule, ...] = import_module("digitlab.diagnostics.autopsy.rules").all_rules()
    except ModuleNotFoundError:
        return ()
    return found


def every_rule() -> tuple[Rule, ...]:
    """Return the rules of both sets, in the order of their codes."""
    return tuple(sorted((*all_rules(), *rules_of_runs()), key=lambda rule: rule.code))

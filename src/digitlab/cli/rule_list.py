"""`python src/diagnose.py rules`: every rule of the doctor."""

from digitlab.diagnostics.rule_sets import every_rule
from digitlab.reports.rule_list import show_rules
from digitlab.system.output import survive_unread_output


def list_rules() -> None:
    """Print the rules."""
    survive_unread_output()
    show_rules(every_rule())

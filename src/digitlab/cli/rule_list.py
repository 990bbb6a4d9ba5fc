"""`python src/diagnose.py rules`: every rule of the doctor. Loads no torch."""

from digitlab.diagnostics.rules import all_rules
from digitlab.reports.rule_list import show_rules
from digitlab.system.output import survive_unread_output


def list_rules() -> None:
    """Print the rules."""
    survive_unread_output()
    show_rules(all_rules())

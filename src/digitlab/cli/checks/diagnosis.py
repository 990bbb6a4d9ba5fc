"""Whether what the doctor is asked for exists: the rules, and the run that is to be examined."""

from collections.abc import Mapping, Sequence
from typing import Any

from digitlab.diagnostics.selection import select
from digitlab.errors import UserError
from digitlab.runs.find_run import find_run

BESIDE_RUN = ("run", "checks", "mute", "name", "trust", "verbose", "paths.", "hydra")  # what has a say about a run


def check_diagnosis(settings: Mapping[str, Any], arguments: Sequence[str]) -> None:
    """Refuse rules and runs that do not exist, and settings of a training beside a run, which has its own.

    Args:
        settings: Each of its values allowed.
        arguments: What was typed.

    Raises:
        UserError: With the key.
    """
    if settings["run"] is not None:
        find_run("run", settings["run"], settings["paths"]["output_root"])
        _check_beside_run(arguments)
    from digitlab.diagnostics.rule_sets import rules_of_runs, rules_of_trainings  # torch, which others do without

    rules = rules_of_trainings() if settings["run"] is None else rules_of_runs()
    select(rules, settings["checks"], settings["mute"] or ())


def _check_beside_run(arguments: Sequence[str]) -> None:
    typed = [argument.lstrip("+~").partition("=") for argument in arguments]
    idle = [key for key, equals, _ in typed if equals and not key.startswith(("-", *BESIDE_RUN))]
    if idle:
        raise UserError(f"{idle[0]} has no say beside run=, which is examined with its own settings; leave one out")

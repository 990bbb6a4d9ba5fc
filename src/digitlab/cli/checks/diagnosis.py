"""Whether what the doctor is asked for exists: the rules, and the run that is to be examined."""

from collections.abc import Mapping, Sequence
from typing import Any

from digitlab.diagnostics.result import Rule
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
    for key, instead in (("find_lr", "checks=lr"), ("doctor", "train.py doctor=true")):
        if settings[key]:
            raise UserError(f"{key}=true is of a training; {instead} does what it does")
    if settings["run"] is not None:
        find_run("run", settings["run"], settings["paths"]["output_root"])
        _check_beside_run(arguments)
    from digitlab.diagnostics.rule_sets import rules_of_runs, rules_of_trainings  # torch, which others do without

    here, there = rules_of_trainings(), rules_of_runs()
    if settings["run"] is not None:
        here, there = there, here
    for name in [settings["checks"]] if isinstance(settings["checks"], str) else settings["checks"] or ():
        if not _names(here, name) and _names(there, name):
            other = "run=<directory> beside it" if settings["run"] is None else "run= left out"
            raise UserError(f"checks={name} is of the other kind of examination, with {other}")
    select(here, settings["checks"], settings["mute"] or ())


def _names(rules: Sequence[Rule], name: str) -> bool:
    try:
        return bool(select(rules, name))
    except UserError:
        return False


def _check_beside_run(arguments: Sequence[str]) -> None:
    typed = [argument.lstrip("+~").partition("=") for argument in arguments]
    idle = [key for key, equals, _ in typed if equals and not key.startswith(("-", *BESIDE_RUN))]
    if idle:
        raise UserError(f"{idle[0]} has no say beside run=, which is examined with its own settings; leave one out")

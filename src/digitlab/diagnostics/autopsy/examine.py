"""Examine a run that is over: finished, stopped early, diverged, failed or killed."""

import time
from collections.abc import Sequence
from pathlib import Path

from digitlab.diagnostics.autopsy.figures import figures_of
from digitlab.diagnostics.autopsy.rules import all_rules
from digitlab.diagnostics.autopsy.run_over import RunOver
from digitlab.diagnostics.diagnosis import Diagnosis, most_likely_cause
from digitlab.diagnostics.result import judged
from digitlab.diagnostics.selection import select
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.reports.quiet import quiet


@quiet
def examine_run(
    directory: Path, *, checks: str | Sequence[str] | None = None, mute: str | Sequence[str] = ()
) -> Diagnosis:
    """Work off the checklist for runs that are over.

    What the files name is made only from the allow-list, and nothing in them is run, as with `resume=`.

    Args:
        directory: Of the run.
        checks: Codes ("DL904"), beginnings of codes ("DL8") or names of groups; `None` for all.
        mute: The same, of what is not to be looked at.

    Returns:
        The results of all rules, and the most likely cause of what failed.

    Raises:
        UserError: If the directory holds nothing of a run, or for an unknown check.
    """
    rules, started = select(all_rules(), checks, mute), time.monotonic()
    run = RunOver(directory)
    if not run.left:
        raise UserError(
            f"run={shown(directory)} holds nothing of a run: no config.yaml, result.json, metrics.csv or checkpoint; "
            "give a run directory"
        )
    results = tuple(judged(rule, run) for rule in rules)
    return Diagnosis(
        results,
        most_likely_cause(results, {rule.code: rule.explains for rule in rules}),
        figures_of(run),
        run.subject,
        round(time.monotonic() - started, 2),
    )

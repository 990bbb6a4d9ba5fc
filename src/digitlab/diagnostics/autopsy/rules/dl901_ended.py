"""Why the run ended."""

import os
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, Skipped, failed, passed, warned
from digitlab.runs.directories import CONFIG, DIVERGED, INTERRUPTED, OK, RESULT

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver


def check(run: "RunOver") -> Finding:
    """Judge the status in result.json, or that there is none."""
    try:
        result = run.result
    except Skipped:
        if not (run.directory / CONFIG).is_file() or os.path.lexists(run.directory / RESULT):
            raise
        return warned("no result.json: it was killed, or is still running", run.to_continue())
    epochs = result.get("epochs")
    after = f" after {epochs} epoch{'s' * (epochs != 1)}" if isinstance(epochs, int) else ""
    error = str(result.get("error") or "").splitlines()[:1]
    status = result["status"]
    if status == OK:
        return passed(f"{result.get('ended', 'it finished')}{after}")
    if status == INTERRUPTED:
        return warned("a signal stopped it", run.to_continue())
    if status == DIVERGED:
        return failed(f"it diverged: {''.join(error)}", run.another_rate())
    return failed(f"it failed: {''.join(error)}", f"mend that, then {run.to_continue()}")


RULE = Rule(
    "DL901",
    "The run came to its end",
    "the status in result.json, or that there is none",
    "PASS for ok, WARN if it was stopped by a signal or killed, FAIL if it failed or diverged",
    "What was not trained to its end says little about its settings.",
    check,
)

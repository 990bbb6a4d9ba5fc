"""Whether the kept weights are finite numbers."""

from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed
from digitlab.diagnostics.wording import listed

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver


def check(run: "RunOver") -> Finding:
    """Judge every tensor of the kept checkpoint."""
    path, _ = run.checkpoint
    bad = [name for name, value in run.weights.items() if value.is_floating_point() and not value.isfinite().all()]
    if bad:
        return failed(f"not so in {listed(bad)} of {path.name}", run.another_rate())
    return passed(f"all {len(run.weights)} tensors of {path.name}")


RULE = Rule(
    "DL911",
    "The kept weights are finite numbers",
    "every tensor of the best checkpoint, or of the last one",
    "FAIL for any infinity or NaN",
    "Such a network answers NaN to every image.",
    check,
    ("DL801", "DL802", "DL803", "DL804", "DL910", "DL912", "DL913"),
)

"""Whether losses and activations stay finite."""

import math
from typing import TYPE_CHECKING

from digitlab.diagnostics.result import Finding, Rule, failed, passed
from digitlab.diagnostics.wording import paste
from digitlab.errors import Diverged

if TYPE_CHECKING:
    from digitlab.diagnostics.evidence.collected import Evidence


def check(evidence: "Evidence") -> Finding:
    """Judge every loss of a short training, and what its layers gave."""
    losses, record = evidence.run.losses, evidence.run.record
    bad = next((number for number, loss in enumerate(losses, 1) if not math.isfinite(loss)), None)
    remedy = paste(evidence.settings, "trainer.gradient_clip_val=1.0", "a lower rate, clipping, no log or root of 0")
    if bad is not None or isinstance(evidence.run.error, Diverged):
        return failed(f"the loss is not finite in step {bad or len(losses) + 1}", remedy)
    layer = next((layer.name for layer in record.watch.layers.values() if not layer.finite), None)
    return failed(f"{layer} gives numbers that are not finite", remedy) if layer else passed(f"{len(losses)} losses")


RULE = Rule(
    "DL217",
    "Everything stays finite",
    "every loss of a short training, and what the layers with weights take and give",
    "FAIL for a single NaN or infinity",
    "One is enough: from then on every weight is NaN.",
    check,
    ("DL401", "DL402", "DL403", "DL601", "DL604", "DL603"),
)

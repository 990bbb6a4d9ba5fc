"""From which epoch on validation got worse while training improved."""

from typing import TYPE_CHECKING

from digitlab.callbacks.doctor_signs import GAP, LASTS, LEAST_GAP, overfits
from digitlab.diagnostics.autopsy.metrics_file import series
from digitlab.diagnostics.autopsy.trends import finite
from digitlab.diagnostics.result import Finding, Rule, Skipped, passed, warned
from digitlab.diagnostics.wording import short

if TYPE_CHECKING:
    from digitlab.diagnostics.autopsy.run_over import RunOver


def check(run: "RunOver") -> Finding:
    """Judge the last validation loss beside the lowest one."""
    val, train = finite(series(run.rows, "val", "loss")), series(run.rows, "train", "loss")
    beside = [train.at(epoch) for epoch in val.epochs]
    if len(val.values) <= LASTS or any(loss is None for loss in beside):
        raise Skipped(f"too few epochs have both losses; it takes {LASTS + 1}")
    losses = [loss for loss in beside if loss is not None]
    best = overfits(losses, val.values)
    if best is None:
        return passed(f"{val.name} ended at {short(val.values[-1])}, {short(min(val.values))} at its lowest")
    value = (
        f"from epoch {val.epochs[best]} on {val.name} rose from {short(val.values[best])} to {short(val.values[-1])}, "
        f"while training fell from {short(losses[best])} to {short(losses[-1])}"
    )
    mend = f"trainer.max_epochs={val.epochs[best]}, augment=affine, model.dropout=0.5 or optimizer.weight_decay=1e-4"
    return warned(value, mend)


RULE = Rule(
    "DL907",
    "Validation improves as long as training does",
    "the last validation losses beside the lowest one, and the training losses of the same epochs",
    f"WARN if the last {LASTS} are over {GAP:g} times the lowest and by {LEAST_GAP:g}, and training has fallen since "
    "(Prechelt, Early Stopping - But When?, 1998)",
    "From that epoch on the network has learnt its training images by heart. The best checkpoint is the one before.",
    check,
)

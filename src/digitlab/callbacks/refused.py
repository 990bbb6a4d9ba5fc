"""Callbacks of Lightning that would run here to no avail."""

from collections.abc import Sequence

from lightning import Callback, LightningModule
from lightning.pytorch.callbacks import (
    BackboneFinetuning,
    BasePredictionWriter,
    BatchSizeFinder,
    ModelPruning,
    StochasticWeightAveraging,
    ThroughputMonitor,
)

from digitlab.errors import UserError

REFUSED = {
    StochasticWeightAveraging: "leaves its average in the last weights, and the best checkpoint is what is kept; use "
    "averaging=swa, or averaging=ema",
    BatchSizeFinder: "sets data.batch_size after the schedule and the order of the images have been derived from it; "
    "set data.batch_size, and halve it if memory runs out",
    ModelPruning: "cuts weights between the validation that chooses an epoch and the checkpoint that keeps it, so that "
    "other weights are kept than were measured; use torch.nn.utils.prune on a trained network",
    BasePredictionWriter: "writes predictions, and no command predicts; use load_model in a notebook",
}


def check_callbacks(callbacks: Sequence[Callback], module: LightningModule) -> None:
    """Refuse what is known not to do what it says, or not with this module.

    Raises:
        UserError: With the reason, and what to type instead.
    """
    for callback in callbacks:
        for kind, why in REFUSED.items():
            if isinstance(callback, kind):
                raise UserError(f"callbacks: {kind.__name__} {why}")
        if isinstance(callback, ThroughputMonitor) and not callable(callback.batch_size_fn):
            raise UserError("callbacks: ThroughputMonitor wants a function, batch_size_fn; use trainer.profiler=simple")
        if isinstance(callback, BackboneFinetuning) and not hasattr(module, "backbone"):
            raise UserError("callbacks: BackboneFinetuning wants a module with a `backbone`; use finetuning=staged")

"""Callbacks of Lightning that would run here to no avail."""

from collections.abc import Sequence

from lightning import Callback
from lightning.pytorch.callbacks import (
    BackboneFinetuning,
    BasePredictionWriter,
    BatchSizeFinder,
    GradientAccumulationScheduler,
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
    BackboneFinetuning: "wants a module with a `backbone`, and thaws it by epochs alone; use finetuning=staged",
    BasePredictionWriter: "writes predictions, and no command predicts; use load_model in a notebook",
    GradientAccumulationScheduler: "has whole numbers for keys, which config.yaml cannot hold; use "
    "trainer.accumulate_grad_batches",
    ThroughputMonitor: "takes functions, which a configuration cannot give; use trainer.profiler=simple",
}


def check_callbacks(callbacks: Sequence[Callback]) -> None:
    """Refuse what is known not to do what it says.

    Raises:
        UserError: With the reason, and what to type instead.
    """
    for callback in callbacks:
        for kind, why in REFUSED.items():
            if isinstance(callback, kind):
                raise UserError(f"callbacks: {kind.__name__} {why}")

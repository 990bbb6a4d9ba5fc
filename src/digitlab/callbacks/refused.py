"""Callbacks of Lightning that would run here to no avail."""

from collections.abc import Sequence

from lightning import Callback
from lightning.pytorch.callbacks import BatchSizeFinder, StochasticWeightAveraging

from digitlab.errors import UserError

REFUSED = {
    StochasticWeightAveraging: "leaves its average in the last weights, and the best checkpoint is what is kept; use "
    "averaging=swa, or averaging=ema",
    BatchSizeFinder: "sets data.batch_size after the schedule and the order of the images have been derived from it; "
    "set data.batch_size, and halve it if memory runs out",
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

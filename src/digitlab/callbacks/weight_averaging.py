"""An average of the weights along the way: smoother than the last ones, and usually better."""

from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor

TRAINED = "trained_weights"  # the key in a checkpoint


class WeightAveraging(Callback):
    """Keeps an average of the network, which is what is validated, saved and tested.

    With a `decay` it is an exponential moving average. After optimizer step t it moves towards the weights by
    `1 - min(decay, (1 + t) / (10 + t))`: at first it follows them closely, so that the random start is soon forgotten.
    Without one it is the equal average of the weights behind every step from `start` on, as in stochastic weight
    averaging, and before that the weights themselves. The statistics of batch normalisation are averaged alike. In a
    checkpoint `state_dict` has the average, and `trained_weights` the weights that training continues with.

    Unlike Lightning's callback of this name it averages the network and nothing else of the module, and unlike its
    StochasticWeightAveraging what it gives is what is kept.

    Args:
        decay: Share of the average that a step leaves as it is, in (0, 1). With 0.999 it spans about the last 1,000
            steps. `None` for the equal average.
        start: Share of all steps after which the equal average begins, in [0, 1); 0.75 is that of the paper. Of no
            effect beside a `decay`.

    References:
        Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; the warm-up is that of
        TensorFlow's ExponentialMovingAverage. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better
        Generalization", 2018.
    """

    def __init__(self, decay: float | None = 0.999, start: float = 0.75) -> None:
        self.decay, self.start = decay, start
        self._first = 0  # the last step before the equal average
        self._average: dict[str, Tensor] = {}
        self._weights: dict[str, Tensor] = {}  # those of the module, not copies
        self._swapped = False
        self._step = 0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin with the weights as they are, unless a checkpoint has brought an average."""
        self._weights = _floats(pl_module.state_dict())
        begin = self._average or self._weights
        self._average = {name: begin[name].clone().to(weight.device) for name, weight in self._weights.items()}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count from the steps that a resumed run has behind it."""
        self._step = trainer.global_step
        if self.decay is None:
            self._first = int(self.start * trainer.estimated_stepping_batches)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the average, if the optimizer has made a step and is not gathering gradients."""
        step = trainer.global_step
        if step > self._step:
            self._step = step
            share = self._share(step)
            torch._foreach_lerp_(list(self._average.values()), list(self._weights.values()), share)

    def _share(self, step: int) -> float:
        """Return how far the average moves towards the weights behind a step."""
        if self.decay is None:
            return 1 / max(step - self._first, 1)
        return 1 - min(self.decay, (1 + step) / (10 + step))

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Put the average into the network."""
        self._swap(averaged=True)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Put the weights back that training continues with."""
        self._swap(averaged=False)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave the average in the network."""
        self._swap(averaged=True)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Save the average as the weights, and beside it what training continues with."""
        average = self._weights if self._swapped else self._average
        checkpoint[TRAINED] = checkpoint["state_dict"]
        checkpoint["state_dict"] = {**checkpoint["state_dict"], **average}

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Restore both."""
        if TRAINED in checkpoint:
            self._average = _floats(checkpoint["state_dict"])
            pl_module.load_state_dict(checkpoint[TRAINED])

    def _swap(self, *, averaged: bool) -> None:
        """Exchange the average and the weights, unless they already are where they are wanted."""
        if averaged == self._swapped or not self._average:
            return
        for average, weight in zip(self._average.values(), self._weights.values(), strict=True):
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)
        self._swapped = averaged


def _floats(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what can be averaged; the count of batches that batch normalisation keeps cannot."""
    return {name: value for name, value in state.items() if value.is_floating_point()}

"""The one LightningModule: wraps any network that maps images to class scores."""

import math
from typing import Any

import torch
from lightning import LightningModule, Trainer
from torch import Tensor
from torch.nn.functional import cross_entropy
from torchmetrics import Metric
from torchmetrics.classification import MulticlassAccuracy

from digitlab.batch import Batch
from digitlab.construct import NETS, OPTIMIZERS, SCHEDULES, construct
from digitlab.errors import Diverged
from digitlab.transforms import Normalize


class DigitModule(LightningModule):
    """A network with its normalisation, its loss, its metrics and its optimizer.

    Everything it is made of is plain data (str, int, float, bool, None, list, dict) that a checkpoint carries as
    hyper-parameters. So `DigitModule.load_from_checkpoint(path)` needs no other argument, and the file can be
    read with `weights_only=True`.

    Logs `train/loss_step` every few steps, and once per epoch `train/loss`, `train/acc`, `val/loss`, `val/acc`,
    `test/loss`, `test/acc`: means over the images, accuracies in [0, 1]. The training figures are taken while
    the weights move and dropout is on, so they lag behind validation.

    Args:
        model: `_target_` and arguments of the network, from `conf/model/`.
        data: The data it is made for, from `conf/data/`: `mean`, `std` and `num_classes` are used here, the
            rest lets `eval` find the same data again.
        optimizer: `_target_` and arguments, from `conf/optimizer/`. `None` if it will not be trained.
        scheduler: `_target_` and arguments, from `conf/scheduler/`; `None` keeps the rate as it is.
    """

    def __init__(
        self,
        model: dict[str, Any],
        data: dict[str, Any],
        optimizer: dict[str, Any] | None = None,
        scheduler: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False)
        self.normalize = Normalize(data["mean"], data["std"])
        self.net = construct(model, allowed=NETS)
        accuracy = MulticlassAccuracy(data["num_classes"], average="micro", validate_args=False)
        # One object per split: a shared one would mix the images of two loops that are under way at once.
        self.train_acc, self.val_acc, self.test_acc = accuracy, accuracy.clone(), accuracy.clone()

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for uint8 images `(B, 1, 28, 28)`."""
        return self.net(self.normalize(images))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the mean cross-entropy of a batch. Lightning does the rest of the loop.

        That is: zero_grad, backward, clip the gradient norm (`trainer.gradient_clip_val`), optimizer step.
        """
        logits = self(batch.images)
        loss = cross_entropy(logits, batch.labels)
        self.train_acc.update(logits.detach(), batch.labels)
        size = len(batch.labels)
        self.log("train/loss_step", loss, on_step=True, on_epoch=False, batch_size=size)
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=size, sync_dist=True)
        self.log("train/acc", self.train_acc, on_step=False, on_epoch=True, batch_size=size)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure a validation batch. Lightning has switched to eval mode and switched gradients off."""
        self._evaluate(batch, "val", self.val_acc)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure a test batch."""
        self._evaluate(batch, "test", self.test_acc)

    def predict_step(self, batch: Batch | Tensor, batch_idx: int) -> Tensor:
        """Return class probabilities `(B, num_classes)` for a batch, or for uint8 images alone."""
        images = batch.images if isinstance(batch, Batch) else batch
        return torch.softmax(self(images), dim=1)

    def _evaluate(self, batch: Batch, split: str, accuracy: Metric) -> None:
        logits = self(batch.images)
        accuracy.update(logits, batch.labels)
        loss = cross_entropy(logits, batch.labels)
        size = len(batch.labels)
        self.log(f"{split}/loss", loss, on_step=False, on_epoch=True, batch_size=size, sync_dist=True)
        self.log(f"{split}/acc", accuracy, on_step=False, on_epoch=True, batch_size=size)

    def configure_optimizers(self) -> Any:
        """Return the optimizer, with the scheduler if there is one, in Lightning's form."""
        if self.hparams["optimizer"] is None:
            return None
        optimizer = construct(self.hparams["optimizer"], self.net.parameters(), allowed=OPTIMIZERS)
        if self.hparams["scheduler"] is None:
            return optimizer
        total_steps = int(self.trainer.estimated_stepping_batches)
        schedule = construct(self.hparams["scheduler"], optimizer, total_steps, allowed=SCHEDULES)
        if "monitor" in schedule:  # it can only step in epochs that have been validated
            schedule["frequency"] = self.trainer.check_val_every_n_epoch or 1
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def on_train_epoch_end(self) -> None:
        """Stop a run whose loss is no longer a number, before its weights are saved.

        Raises:
            Diverged: With the epoch in which it happened.
        """
        loss = float(self.trainer.callback_metrics["train/loss"])
        if not math.isfinite(loss):
            epoch = self.trainer.current_epoch + 1
            raise Diverged(f"the training loss became {loss} in epoch {epoch}; try a lower optimizer.lr")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the metrics that belong to these weights beside them."""
        checkpoint["metrics"] = epoch_metrics(self.trainer)


def epoch_metrics(trainer: Trainer) -> dict[str, float]:
    """Return the training and validation figures of the epoch that has just ended."""
    names = ("train/loss", "train/acc", "val/loss", "val/acc")
    return {name: float(trainer.callback_metrics[name]) for name in names if name in trainer.callback_metrics}

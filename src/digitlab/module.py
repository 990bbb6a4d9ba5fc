"""The one LightningModule: wraps any network that maps images to class scores."""

import math
import sys
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import Optimizer

from digitlab.data.batch import Batch
from digitlab.errors import Diverged
from digitlab.metrics import build_metrics
from digitlab.metrics.epoch_mean import EpochMean
from digitlab.nets.layout import CONTIGUOUS, MEMORY_FORMATS
from digitlab.optimizers import build_optimizer
from digitlab.safe_instantiate import LOSSES, NETS, TRANSFORMS, safe_instantiate
from digitlab.schedules import build_schedule, check_planned
from digitlab.transforms import Normalize


class DigitModule(LightningModule):
    """A network with its normalisation, its loss, its metrics and its optimizer.

    Everything it is made of is plain data (str, int, float, bool, None, list, dict) that a checkpoint carries as
    hyper-parameters. So `DigitModule.load_from_checkpoint(path)` needs no other argument, and the file can be
    read with `weights_only=True`.

    Logs `train/loss_step` every `trainer.log_every_n_steps`, and once per epoch `train/loss`, `train/acc`, `val/loss`,
    `test/loss`, and for each metric `val/<name>` and `test/<name>`: means over the images, accuracies in [0, 1]. The
    training figures are taken while the weights move, dropout is on and images are augmented, so they lag behind
    validation. Training computes in the trainer's precision, evaluation always in float32: a figure then does not
    depend on who trained faster.

    Args:
        model: `_target_` and arguments of the network, from `conf/model/`.
        data: The data it is made for, from `conf/data/`: `mean`, `std` and `num_classes` are used here, the
            rest lets `eval` find the same data.
        optimizer: `_target_` and arguments, from `conf/optimizer/`. `None` if it will not be trained.
        scheduler: `_target_` and arguments, from `conf/scheduler/`; `None` keeps the rate as it is.
        augment: `_target_` and arguments, from `conf/augment/`, of what is done to training images; `None` for nothing.
        label_smoothing: Share of the target that is spread over all classes while training, in [0, 1).
        loss: `_target_` and arguments of a module that maps logits `(B, C)` and labels `(B,)` to a scalar; `None` for
            cross-entropy.
        metrics: `_target_` and arguments of torchmetrics metrics by name, from `conf/metrics/`; `None` for accuracy.
        finetuning: Which layer is the head, and how slowly all below it learns, as `digitlab.optimizers` has it.

    Attributes:
        memory_format: "contiguous" or "channels_last"; a checkpoint remembers it, so that an evaluation rounds alike.
    """

    def __init__(
        self,
        model: dict[str, Any],
        data: dict[str, Any],
        optimizer: dict[str, Any] | None = None,
        scheduler: dict[str, Any] | None = None,
        augment: dict[str, Any] | None = None,
        label_smoothing: float = 0.0,
        loss: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
        finetuning: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False, ignore=[] if finetuning else ["finetuning"])
        # Data of somebody's own that names no statistics comes as its network wants it.
        self.normalize = Normalize(data["mean"], data["std"]) if {"mean", "std"} <= data.keys() else nn.Identity()
        self.augment = None if augment is None else safe_instantiate(augment, allowed=TRANSFORMS)
        self.label_smoothing = label_smoothing
        self.net = safe_instantiate(model, allowed=NETS)
        self.memory_format = CONTIGUOUS
        self.loss = None if loss is None else safe_instantiate(loss, allowed=LOSSES)
        # One set per split: a shared one would mix the images of two loops that are under way at once.
        self.val_metrics = build_metrics(metrics, data.get("num_classes"))
        self.test_metrics = build_metrics(metrics, data.get("num_classes"))
        # Of the epoch so far. Saved with a checkpoint, so that the figures of a resumed epoch are those of the whole.
        self.train_loss, self.train_acc = EpochMean(), EpochMean()
        self._logged = self._validated = self._ended = self._stopped = False
        self.metrics: dict[str, float] = {}  # of the last finished epoch; of validation only if it was validated

    def lay_out(self, memory_format: str) -> None:
        """Bring the kernels into another memory format; images follow."""
        self.memory_format = memory_format
        self.net.to(memory_format=MEMORY_FORMATS[memory_format])

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(B, num_classes)` for images `(B, 1, 28, 28)` with values in 0..255."""
        return self.net(self.normalize(images).contiguous(memory_format=MEMORY_FORMATS[self.memory_format]))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the mean loss of a batch; Lightning does zero_grad, backward, clipping and the optimizer's step."""
        images, labels = batch
        logits = self(images if self.augment is None else self.augment(images))
        loss = self._loss(logits, labels, self.label_smoothing)
        self._add_up(loss.detach(), logits.detach(), labels)
        if loss.device.type == "cpu" and self._any(not math.isfinite(loss.item())):
            raise Diverged(self._diverged(math.nan if math.isfinite(loss.item()) else loss.item()))
        return loss

    def _loss(self, logits: Tensor, labels: Tensor, label_smoothing: float = 0.0) -> Tensor:
        if self.loss is None:
            return cross_entropy(logits, labels, label_smoothing=label_smoothing)
        return self.loss(logits, labels)

    def _any(self, condition: bool) -> bool:
        """Return whether something is true in any of the processes that train together, who all ask."""
        return self.trainer.strategy.reduce_boolean_decision(condition, all=False)

    def _add_up(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a step to the figures of the epoch, and log its loss if it is time; nothing here waits for a GPU."""
        size = len(labels)
        self.train_loss.update(loss, size, weight=size)
        self.train_acc.update((logits.argmax(dim=1) == labels).sum(), size)
        if not self._logged:  # once in an epoch: Lightning computes them at its end, wherever that is
            for name, figure in (("train/loss", self.train_loss), ("train/acc", self.train_acc)):
                self.log(name, figure, on_step=False, on_epoch=True, batch_size=1)
            self._logged = True
        every: int = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        if (self.trainer.global_step + 1) % every == 0:  # it costs as much at the steps of which Lightning drops it
            self.log("train/loss_step", loss, on_step=True, on_epoch=False, batch_size=size)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure a validation batch. Lightning has switched to eval mode and switched gradients off."""
        self._evaluate(batch, "val", self.val_metrics)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure a test batch."""
        self._evaluate(batch, "test", self.test_metrics)

    def predict_step(self, batch: Batch | Tensor, batch_idx: int) -> Tensor:
        """Return class probabilities `(B, num_classes)` for a batch, or for uint8 images alone."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        return torch.softmax(self(images), dim=1)

    def _evaluate(self, batch: Batch, split: str, metrics: nn.ModuleDict) -> None:
        images, labels = batch
        with torch.autocast(self.device.type, enabled=False):
            logits = self(images)
        loss, size = self._loss(logits, labels), len(labels)
        self.log(f"{split}/loss", loss, on_step=False, on_epoch=True, batch_size=size, sync_dist=True)
        for name, metric in metrics.items():
            metric.update(logits, labels)  # type: ignore[operator]
            self.log(f"{split}/{name}", metric, on_step=False, on_epoch=True, batch_size=size)  # type: ignore[arg-type]

    @property
    def lr(self) -> float:
        """The rate that the optimizer is built with; Lightning's LearningRateFinder looks for it here, and sets it."""
        return self.hparams["optimizer"].get("lr", math.nan)  # an optimizer of somebody's own may have none

    @lr.setter
    def lr(self, value: float) -> None:
        self.hparams["optimizer"]["lr"] = value

    def on_fit_start(self) -> None:
        """Build optimizer and schedule with the rate that a LearningRateFinder has found: schedules derive from it."""
        if self.trainer.optimizers and not math.isnan(self.lr) and self.lr != self._built_lr:
            print(f"LearningRateFinder set optimizer.lr={self.lr:.3g}, it was {self._built_lr:g}", flush=True)
            self.trainer.strategy.setup_optimizers(self.trainer)

    def configure_optimizers(self) -> Any:
        """Return the optimizer, with the scheduler if there is one, in Lightning's form."""
        if self.hparams["optimizer"] is None:
            return None
        self._built_lr = self.lr
        optimizer = build_optimizer(self.hparams["optimizer"], self.net, self.hparams.get("finetuning"))
        if self.hparams["scheduler"] is None:
            return optimizer
        total_steps = int(min(self.trainer.estimated_stepping_batches, sys.maxsize))  # infinite without any limit
        schedule = build_schedule(self.hparams["scheduler"], optimizer, total_steps)
        check_planned(schedule, total_steps)
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def on_train_start(self) -> None:
        """Stay stopped, if that is what the resumed run was."""
        if self._stopped:
            self.trainer.should_stop = True

    def configure_gradient_clipping(
        self, optimizer: Optimizer, gradient_clip_val: float | None = None, gradient_clip_algorithm: str | None = None
    ) -> None:
        """Scale the gradients down to an L2 norm of at most `gradient_clip_val`, all of them together.

        With `gradient_clip_algorithm="value"` each number is cut to that size instead. Lightning's own refuses fused
        optimizers in every mixed precision, although only float16 scales gradients.
        """
        if gradient_clip_val and gradient_clip_algorithm == "value":
            clip_grad_value_(self.net.parameters(), gradient_clip_val)
        elif gradient_clip_val:
            clip_grad_norm_(self.net.parameters(), gradient_clip_val)

    def on_train_epoch_start(self) -> None:
        """Begin the figures of an epoch; Lightning leaves this out for an epoch that is resumed within."""
        self.train_loss.reset()
        self.train_acc.reset()
        self._logged = self._validated = self._ended = False

    def on_validation_end(self) -> None:
        """Remember that the validation figures are of this epoch."""
        self._validated = not self.trainer.sanity_checking

    def on_train_epoch_end(self) -> None:
        """Keep the figures of the epoch, and let a plateau schedule look at them, before anything is saved.

        Raises:
            Diverged: If a figure is no longer a finite number.
        """
        self._ended = True
        evaluated = [f"val/{name}" for name in ("loss", *self.val_metrics)] if self._validated else []
        figures = self.trainer.callback_metrics
        self.metrics = {name: float(figures[name]) for name in ("train/loss", "train/acc", *evaluated)}
        for name, value in self.metrics.items():
            if not math.isfinite(value):
                raise Diverged(self._diverged(value, name))
        for config in self.trainer.lr_scheduler_configs:
            monitor = config.monitor
            if config.reduce_on_plateau and monitor and (self._validated or monitor.startswith("train/")):
                config.scheduler.step(metrics=float(figures[monitor]))  # type: ignore[call-arg]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep beside the weights the metrics that belong to them, and what a resumed run has to know."""
        if self._ended or "metrics" not in checkpoint:  # a validation within the epoch has figures of its own
            checkpoint["metrics"] = self.metrics
        sums = torch.zeros(self.trainer.world_size, 3, device=self.device)  # a row for each process
        sums[self.global_rank] = torch.stack([self.train_loss.total, self.train_acc.total, self.train_loss.images])
        checkpoint["sums"] = self.trainer.strategy.reduce(sums, reduce_op="sum").tolist()
        checkpoint["stopped"] = self.trainer.should_stop
        checkpoint["memory_format"] = self.memory_format
        finite = all(bool(value.isfinite().all()) for value in checkpoint["state_dict"].values())
        if self._any(not finite):
            raise Diverged(self._diverged(math.nan))

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the memory format, the figures of the epoch, and whether the run had been stopped early."""
        self.lay_out(checkpoint.get("memory_format", CONTIGUOUS))
        sums = checkpoint.get("sums", [])
        rows = [list(sums.values())] if isinstance(sums, dict) else sums  # once by name, of one process only
        for loss, right, images in rows[self.global_rank : self.global_rank + 1]:
            self.train_loss.resume(loss, images)
            self.train_acc.resume(right, images)
        self._stopped = bool(checkpoint.get("stopped", False))
        self.metrics = dict(checkpoint.get("metrics", {}))

    def _diverged(self, value: float, figure: str = "train/loss") -> str:
        what = {"train/loss": "the training loss", "val/loss": "the validation loss"}.get(figure, figure)
        place = f"epoch {self.trainer.current_epoch + 1}, step {self.trainer.global_step + 1}"
        return f"{what} became {value} in {place}; try a lower optimizer.lr"

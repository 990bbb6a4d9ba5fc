"""`doctor=true`: look at a training under way now and then, and say in a line what goes wrong, with its remedy."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.optim import Optimizer

from digitlab.callbacks import doctor_signs as signs
from digitlab.callbacks.doctor_look import Look, Units
from digitlab.callbacks.doctor_signs import Sign
from digitlab.errors import Diverged
from digitlab.module import DigitModule

FIRST = 5  # steps whose mean loss is the start, and looks whose gradients are
LEAST_LOSSES = 10  # since the last look, for their mean to count
LOOKS, IMAGES = 8, 500  # after which dead units are told within an epoch; fewer images prove nothing
MOST_EPOCHS = 10_000  # whose losses are kept
VALIDATION = ("val/", "val_", "valid")  # how such figures begin, ours and in Lightning's own examples


class Doctor(Callback):
    """Watches a training of any LightningModule: gradients, updates, units, the rate, the loss and validation.

    It looks at the first batch of an epoch and at every so many after it. Losses in between are kept where they are
    and read together, so nothing waits for a GPU but the looks. It reads and changes nothing: weights and figures are
    those of a run without it, bit for bit. Each sign is told once in an epoch at most, by the first of several
    processes about itself.

    Args:
        every: Batches between two looks. 50: a look takes about half a step of the CNN.
    """

    def __init__(self, every: int = 50) -> None:
        self.every = every
        self._start: float | None = None  # the loss that the training began with
        self._norms: list[float] = []  # of the first gradients
        self._train: list[float] = []  # loss of each validated epoch
        self._val: list[float] = []
        self._highest = 0.0  # rate so far
        self._recent: float | None = None  # the mean loss before the last look
        self._was_zero = False  # the rate at the look before
        self._said: set[str] = set()
        self._losses: list[Tensor] = []  # since the last look
        self._epoch: list[Tensor] = []  # sums of the losses of the epoch, and their number
        self._look: Look | None = None
        self._units: Units | None = None
        self._validated = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Learn which layers there are; the first process alone looks at them."""
        self._units = Units(pl_module) if trainer.is_global_zero else None

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin an epoch: everything may be said once more."""
        self._said, self._losses, self._epoch, self._validated = set(), [], [], False

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Begin a look, if it is time."""
        if batch_idx % self.every == 0 and self._units is not None:
            self._look = Look()
            self._units.watch()

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        """Measure gradients and keep the weights."""
        if self._look is not None:
            self._look.before_step(trainer, optimizer)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss; at the end of a look, judge."""
        if self._units is None:
            return
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, Tensor):
            self._losses.append(loss.detach())
        if self._look is None:
            return
        self._units.stop()
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return  # the step is still to come, and belongs to the look
        look, self._look = self._look, None
        self._judge_loss(trainer, pl_module)
        if look.taken:
            self._judge_step(trainer, pl_module, look)
        if batch_idx == (LOOKS - 1) * self.every:
            self._judge_units(trainer, pl_module)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remember that there are validation figures of this epoch."""
        self._validated = not trainer.sanity_checking

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judge what an epoch shows."""
        if self._units is None:
            return
        self._units.stop()
        self._take_losses()
        if self._judge_units(trainer, pl_module):
            self._units.reset()
        val = _validation_loss(trainer) if self._validated else None
        if val is None or not self._epoch or len(self._val) >= MOST_EPOCHS:
            return
        total, count = torch.stack(self._epoch).sum(dim=0).tolist()
        self._train.append(total / count)
        self._val.append(val)
        best = signs.overfits(self._train, self._val)
        if best is not None:
            value = f"{self._val[best]:.3g} at its best, {val:.3g} now; training {self._train[-1]:.3g}"
            mend = "augment=affine, model.dropout=0.5 or callbacks.early_stopping.patience=3"
            self._say(trainer, signs.OVERFITS, value, mend if _ours(pl_module) else "more regularisation, or stop here")

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Say what the last look showed, if the training has diverged."""
        if self._units is not None and isinstance(exception, Diverged):
            last = f"; the first gradient norms were {self._norms[0]:.3g}" if self._norms else ""
            self._say(trainer, signs.NON_FINITE, f"the training has diverged{last}", self._lower(trainer, pl_module))

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run has to remember of its beginning."""
        return {"start": self._start, "norms": self._norms, "train": self._train, "val": self._val,
                "highest": self._highest}  # fmt: skip

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Remember another's beginning."""
        self._start, self._highest = state_dict["start"], state_dict["highest"]
        self._norms, self._train, self._val = (list(state_dict[name]) for name in ("norms", "train", "val"))

    def _take_losses(self) -> tuple[float, int] | None:
        """Return mean and number of the losses since the last look, and add them to those of the epoch."""
        if not self._losses:
            return None
        losses, self._losses = torch.stack([loss.float().mean() for loss in self._losses]), []
        if self._start is None and len(losses) >= FIRST:
            self._start = float(losses[:FIRST].mean())
        count = len(losses)
        self._epoch.append(torch.stack([losses.sum(), losses.new_tensor(count)]))
        return float(losses.mean()), count

    def _judge_loss(self, trainer: Trainer, module: LightningModule) -> None:
        begun = self._start is not None
        taken = self._take_losses()
        if taken is None:
            return
        mean, count = taken
        self._recent = mean
        if not math.isfinite(mean):
            self._say(trainer, signs.NON_FINITE, f"the loss is {mean}", self._lower(trainer, module))
        elif begun and self._start is not None and count >= LEAST_LOSSES and signs.loss_rose(mean, self._start):
            value = f"{mean:.3g} over the last {count} steps, {self._start:.3g} at first"
            self._say(trainer, signs.LOSS_ROSE, value, self._lower(trainer, module))

    def _judge_step(self, trainer: Trainer, module: LightningModule, look: Look) -> None:
        norm, ratio = look.read()
        self._highest = max(self._highest, look.rate)
        scaled = getattr(trainer.precision_plugin, "scaler", None) is not None
        if not math.isfinite(norm):
            if not scaled:
                self._say(trainer, signs.NON_FINITE, f"the gradient norm is {norm}", self._lower(trainer, module))
        elif signs.explodes(norm, self._norms[:3]):
            first = f", at first {self._norms[0]:.3g}" if self._norms else ""
            clip = "trainer.gradient_clip_val=1.0" if not trainer.gradient_clip_val else self._lower(trainer, module)
            self._say(trainer, signs.EXPLODING, f"norm {norm:.3g}{first}", clip)
        if len(self._norms) < FIRST and math.isfinite(norm):
            self._norms.append(norm)
        if look.rate == 0 and self._was_zero:
            mend = "scheduler=onecycle" if _ours(module) else "another schedule"
            self._say(trainer, signs.RATE_ZERO, "rate 0", mend)
        self._was_zero = look.rate == 0
        if ratio is None or not math.isfinite(ratio):
            return
        learns_nothing = self._start is None or self._recent is None or self._recent > signs.HALF * self._start
        if learns_nothing and signs.updates_small(ratio, look.rate, self._highest):
            value = f"{ratio:.2g} of the weights a step, at a rate of {look.rate:.2g}"
            mend = "find_lr=true" if _ours(module) else "a higher learning rate"
            self._say(trainer, signs.SMALL_UPDATES, value, mend)
        if ratio > signs.LARGEST:
            value = f"{ratio:.2g} times the weights in a step, at a rate of {look.rate:.2g}"
            self._say(trainer, signs.LARGE_UPDATES, value, self._lower(trainer, module))

    def _judge_units(self, trainer: Trainer, module: LightningModule) -> bool:
        """Return whether enough images were looked at to judge, over several epochs where those are short."""
        if self._units is None or self._units.images < IMAGES:
            return False
        dead = {name: share for name, share in self._units.dead().items() if share > signs.DEAD}
        if dead:
            worst = max(dead, key=dead.__getitem__)
            value = f"{dead[worst]:.0%} of {worst}" + (f" and {len(dead) - 1} more layers" if len(dead) > 1 else "")
            self._say(trainer, signs.DEAD_UNITS, value, self._lower(trainer, module))
        return True

    def _lower(self, trainer: Trainer, module: LightningModule) -> str:
        rates = [float(group["lr"]) for optimizer in trainer.optimizers for group in optimizer.param_groups]
        if isinstance(module, DigitModule) and not math.isnan(module.lr):
            return f"optimizer.lr={module.lr / 10:.2g}"
        return f"a lower learning rate, {max(self._highest, *rates, 0.0) / 10:.2g}"

    def _say(self, trainer: Trainer, sign: Sign, value: str, remedy: str) -> None:
        if sign.code in self._said:
            return
        self._said.add(sign.code)
        place = f"epoch {trainer.current_epoch + 1}, step {trainer.global_step}"
        print(f"doctor {sign.code}: {sign.title}: {value} ({place}); try {remedy}", flush=True)


def _ours(module: LightningModule) -> bool:
    return isinstance(module, DigitModule)


def _validation_loss(trainer: Trainer) -> float | None:
    """Return the validation loss of the epoch, whatever it is called, if one is logged."""
    figures = trainer.callback_metrics
    names = [name for name in figures if name.lower().startswith(VALIDATION) and "loss" in name.lower()]
    return float(figures[names[0]]) if names else None

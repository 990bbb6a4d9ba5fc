"""A learning-rate range test: train a copy for some steps, each at a higher rate, and see what the loss does."""

import copy
import random
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from lightning import Callback, LightningDataModule, LightningModule, Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.loggers.logger import DummyLogger
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor

from digitlab.callbacks.seeded_steps import SeededSteps
from digitlab.diagnostics.evidence.rate_curve import RangeTest, read_curve
from digitlab.errors import Diverged
from digitlab.module import DigitModule

KEPT = (  # of the trainer's arguments, those that change what a step computes
    "accelerator", "precision", "gradient_clip_val", "gradient_clip_algorithm", "accumulate_grad_batches",
    "deterministic",
)  # fmt: skip
LOST = 10.0  # times the highest loss so far: beyond it the rest of the test would tell nothing


def range_test(
    module: LightningModule,
    batches: list[Any],
    trainer_arguments: Mapping[str, Any],
    *,
    lowest: float = 1e-7,
    highest: float = 10.0,
    steps: int = 100,
    seed: int = 0,
    datamodule: LightningDataModule | None = None,
) -> RangeTest:
    """Return the losses of a copy of `module` at rates that rise from `lowest` to `highest` by the same factor.

    The copy trains as the module would, through a Trainer, with its own steps and optimizers but without schedules.
    Of several parameter groups the one with the highest rate gets the rate of the step, the others keep their share of
    it. Module, batches and generators stay as they are; the same arguments give the same losses.

    Args:
        module: Any LightningModule, which can be copied; with automatic or manual optimization.
        batches: Of training images in any form that its step takes; used one after the other, and anew from the first.
        trainer_arguments: Of Lightning's Trainer; what concerns files, logs, processes and length is left out.
        lowest: The first rate, above 0.
        highest: The last one. The range is that of fastai's `lr_find`.
        steps: How many rates; fastai's 100.
        seed: What the steps draw from.
        datamodule: Whose hooks prepare a batch on its way to the step, if it has such.

    Raises:
        Exception: What the module itself raises, unless its loss or its weights were no finite numbers by then.
    """
    trained = copy.deepcopy(module)
    if isinstance(trained, DigitModule):  # a schedule may refuse to be planned for so few steps
        trained.hparams["scheduler"] = None
    own = trained.configure_optimizers
    if trained.automatic_optimization:  # else it may ask for its schedules, and the rate is set at each step anyhow
        trained.configure_optimizers = lambda: _without_schedules(own())  # type: ignore[method-assign]
    trained.configure_callbacks = lambda: []  # type: ignore[method-assign]
    rising = RisingRate([lowest * (highest / lowest) ** (step / max(1, steps - 1)) for step in range(steps)])
    arguments = {name: trainer_arguments[name] for name in KEPT if name in trainer_arguments}
    devices = trainer_arguments.get("devices")
    loader = _Cycle(batches, steps * (arguments.get("accumulate_grad_batches") or 1))
    with isolate_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        random.seed(seed)
        np.random.seed(seed)
        trainer = Trainer(
            **arguments,
            devices=devices if isinstance(devices, list) and len(devices) == 1 else 1,
            max_epochs=1,
            limit_val_batches=0,
            num_sanity_val_steps=0,
            logger=DummyLogger(),
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[SeededSteps(seed), rising],
            plugins=[LightningEnvironment()],  # whatever has started this process, the test is of it alone
        )
        error = _fit(trainer, trained, loader, datamodule)  # raised behind the block, which else keeps the generators
    if error is not None:
        if not (isinstance(error, Diverged) or (rising.losses and not _is_finite(trained))):
            raise error
        rising.failed_at = rising.rate
    return read_curve(rising.tried, rising.losses, rising.failed_at)


class RisingRate(Callback):
    """Sets the rate of each step, keeps its loss, and ends the training when the loss is lost.

    Args:
        rates: Of the steps.
    """

    def __init__(self, rates: list[float]) -> None:
        self.rates = rates
        self.tried: list[float] = []
        self.losses: list[float] = []
        self.failed_at: float | None = None
        self.rate = rates[0]  # of the step that is under way
        self._shares: list[list[float]] = []
        self._seen: Tensor | None = None  # the loss of a batch in front of its backward pass
        self._sum: list[float] = []  # the losses of the batches of a step

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remember how the rates of the groups relate."""
        rates = [[float(group["lr"]) for group in optimizer.param_groups] for optimizer in trainer.optimizers]
        highest = max(rate for groups in rates for rate in groups)
        self._shares = [[rate / highest if highest > 0 else 1.0 for rate in groups] for groups in rates]

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Set the rate."""
        self.rate, self._seen = self.rates[batch_idx // trainer.accumulate_grad_batches], None
        for optimizer, shares in zip(trainer.optimizers, self._shares, strict=True):
            for group, share in zip(optimizer.param_groups, shares, strict=True):
                rate = self.rate * share
                group["lr"] = group["lr"].fill_(rate) if isinstance(group["lr"], Tensor) else rate

    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        """Keep the first loss of a batch, for steps that return none."""
        if self._seen is None:
            scaler = getattr(trainer.precision_plugin, "scaler", None)
            self._seen = loss.detach() if scaler is None else loss.detach() / scaler.get_scale()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss of a step once its batches are through."""
        every = trainer.accumulate_grad_batches
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        loss = next((one for one in (loss, self._seen, _logged_loss(trainer)) if isinstance(one, Tensor)), None)
        if loss is not None:  # else the module has skipped the batch
            scale = every if pl_module.automatic_optimization else 1  # Lightning has divided it
            self._sum.append(float(loss.detach().float().mean()) * scale)
        if (batch_idx + 1) % every or not self._sum:
            return
        self.tried.append(self.rate)
        self.losses.append(sum(self._sum) / len(self._sum))
        self._sum = []
        if not self.losses[-1] <= LOST * max(abs(loss) for loss in (self.losses[:-1] or self.losses)):
            self.failed_at = self.rate
            trainer.should_stop = True


class _Cycle:
    """Batches over and over, as a loader. A step that changes its batch changes a copy."""

    def __init__(self, batches: list[Any], count: int) -> None:
        self.batches, self.count = batches, count

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Any]:
        for number in range(self.count):
            yield copy.deepcopy(self.batches[number % len(self.batches)])


def _fit(
    trainer: Trainer, module: LightningModule, loader: _Cycle, datamodule: LightningDataModule | None
) -> Exception | None:
    try:
        if datamodule is None:
            trainer.fit(module, loader)
        else:
            trainer.fit(module, datamodule=_with_loader(datamodule, loader))
    except Exception as error:
        return error
    return None


def _with_loader(datamodule: LightningDataModule, loader: _Cycle) -> LightningDataModule:
    data = copy.copy(datamodule)
    data.trainer = None
    data.prepare_data = data.setup = data.teardown = _nothing  # type: ignore[method-assign]
    data.train_dataloader = lambda: loader  # type: ignore[method-assign]
    return data


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _logged_loss(trainer: Trainer) -> Tensor | None:
    """Return what a module has logged as its loss, if it neither returns it nor lets Lightning go backward."""
    names = [name for name in trainer.callback_metrics if "loss" in name.lower()]
    return trainer.callback_metrics[names[0]] if names else None


def _without_schedules(configured: Any) -> Any:
    """Return the optimizers of what `configure_optimizers` gave, in whichever of Lightning's forms."""
    if isinstance(configured, Mapping):
        return configured["optimizer"]
    if isinstance(configured, tuple | list) and configured:
        if len(configured) == 2 and isinstance(configured[0], tuple | list):
            return list(configured[0])  # a list of optimizers and one of schedulers
        return [part["optimizer"] if isinstance(part, Mapping) else part for part in configured]
    return configured


def _is_finite(module: LightningModule) -> bool:
    return all(bool(parameter.isfinite().all()) for parameter in module.parameters())

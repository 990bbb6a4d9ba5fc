"""Lightning's training epoch with the steps cut down to what is in use."""

from collections.abc import Callable
from typing import Any

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.loops.fetchers import _DataFetcher
from lightning.pytorch.loops.training_epoch_loop import _TrainingEpochLoop
from lightning.pytorch.plugins.precision import MixedPrecision, Precision
from lightning.pytorch.strategies import SingleDeviceStrategy
from torch import Tensor
from torch.optim import Optimizer

from digitlab.batch import Batch
from digitlab.report.unprofiled import Unprofiled

CALLBACK_HOOKS = (  # of a step, in the order in which they are called
    "on_train_batch_start", "on_before_zero_grad", "on_before_backward", "on_after_backward",
    "on_before_optimizer_step", "on_train_batch_end",
)  # fmt: skip
MODULE_HOOKS = (  # which a lean step does not call: with one of them the module gets Lightning's own step
    *CALLBACK_HOOKS, "optimizer_step", "optimizer_zero_grad", "backward", "lr_scheduler_step",
    "on_before_batch_transfer", "on_after_batch_transfer",
)  # fmt: skip


class LeanEpochLoop(_TrainingEpochLoop):
    """An epoch as Lightning runs it, to the bit, with the same progress counted and the same hooks called in one order.

    Lightning calls some sixty hooks in a step, through four layers and each by name, of which ten do something: 0.6 ms,
    a fifth of the MLP's step. Here the callbacks that override a hook are looked up once in an epoch, and the step
    is one function. Whatever it does not cover (several processes, a gradient scaler, accumulated gradients, a
    profiler, a module with hooks of its own, the first batch after a resume) gets Lightning's own step.

    It stands on internals of Lightning, which pyproject.toml holds below 2.7; `tests/test_lean_loop.py` compares both.
    """

    @classmethod
    def install(cls, trainer: Trainer) -> None:
        """Let `trainer` train with this loop."""
        stock = trainer.fit_loop.epoch_loop
        trainer.fit_loop.epoch_loop = cls(trainer, min_steps=stock.min_steps, max_steps=stock.max_steps)

    def on_run_start(self, data_fetcher: _DataFetcher) -> None:
        """Look up, at the beginning of an epoch, who takes part in its steps."""
        super().on_run_start(data_fetcher)
        self._lean = is_lean(self.trainer)
        self._hooks = {name: _overriding(self.trainer.callbacks, name) for name in CALLBACK_HOOKS}

    def advance(self, data_fetcher: _DataFetcher) -> None:
        """Train on one batch."""
        if self.restarting or not self._lean:
            super().advance(data_fetcher)
            return
        trainer, module, progress = self.trainer, self.trainer.lightning_module, self.batch_progress
        self.val_loop.restarting = False
        batch, _, _ = next(data_fetcher)
        batch_idx = self.batch_idx + 1
        progress.is_last_batch = data_fetcher.done
        batch = trainer.datamodule.transfer_batch_to_device(batch, trainer.strategy.root_device, 0)
        progress.increment_ready()
        trainer._logger_connector.on_batch_start(batch)
        self._call("on_train_batch_start", batch, batch_idx)
        progress.increment_started()
        outputs = {"loss": self._optimize(module, batch, batch_idx)}
        progress.increment_processed()
        self._step_schedules()
        self._call("on_train_batch_end", outputs, batch, batch_idx)
        trainer._logger_connector.on_batch_end()
        progress.increment_completed()
        trainer._logger_connector.update_train_step_metrics()

    def _optimize(self, module: LightningModule, batch: Batch, batch_idx: int) -> Tensor:
        """Make a step of the optimizer and return the loss in front of it."""
        optimizer: Optimizer = self.trainer.optimizers[0]
        progress = self.automatic_optimization.optim_progress.optimizer
        precision = self.trainer.precision_plugin

        def closure() -> Any:
            module._current_fx_name = "training_step"  # by which `log` knows what it may do
            with precision.train_step_context():
                loss: Any = module.training_step(batch, batch_idx)
            module._current_fx_name = None
            progress.zero_grad.increment_ready()
            self._call("on_before_zero_grad", optimizer)
            progress.zero_grad.increment_started()
            optimizer.zero_grad()
            progress.zero_grad.increment_completed()
            self._call("on_before_backward", loss)
            loss.backward()
            self._call("on_after_backward")
            self._call("on_before_optimizer_step", optimizer)
            module.configure_gradient_clipping(
                optimizer, self.trainer.gradient_clip_val, self.trainer.gradient_clip_algorithm
            )
            return loss

        progress.step.increment_ready()
        loss: Any = optimizer.step(closure)
        progress.step.increment_completed()
        return loss.detach()

    def _step_schedules(self) -> None:
        if self.trainer.lr_scheduler_configs:
            self.update_lr_schedulers("step", update_plateau_schedulers=False)
            if self._num_ready_batches_reached():
                self.update_lr_schedulers("epoch", update_plateau_schedulers=False)

    def _call(self, name: str, *args: Any) -> None:
        for hook in self._hooks[name]:
            hook(self.trainer, self.trainer.lightning_module, *args)


def is_lean(trainer: Trainer) -> bool:
    """Return whether nothing in use is left out of a lean step."""
    module, precision = trainer.lightning_module, trainer.precision_plugin
    return (
        type(trainer.strategy) is SingleDeviceStrategy
        and trainer.datamodule is not None  # type: ignore[attr-defined]
        and (type(precision) is Precision or (type(precision) is MixedPrecision and precision.scaler is None))
        and trainer.accumulate_grad_batches == 1
        and isinstance(trainer.profiler, Unprofiled)  # type: ignore[attr-defined]
        and not any(_overrides(module, LightningModule, name) for name in MODULE_HOOKS)
    )


def _overriding(callbacks: list[Callback], name: str) -> list[Callable[..., None]]:
    return [getattr(callback, name) for callback in callbacks if _overrides(callback, Callback, name)]


def _overrides(instance: object, base: type, name: str) -> bool:
    return getattr(getattr(instance, name), "__func__", None) is not getattr(base, name)

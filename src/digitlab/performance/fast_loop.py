"""Lightning's training epoch with the steps cut down to what is in use."""

from collections.abc import Callable
from typing import Any

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.loops.fetchers import _DataFetcher
from lightning.pytorch.loops.training_epoch_loop import _TrainingEpochLoop
from lightning.pytorch.plugins.precision import MixedPrecision, Precision
from lightning.pytorch.strategies import SingleDeviceStrategy
from lightning.pytorch.trainer.connectors.logger_connector.result import _ResultCollection
from torch import Tensor
from torch.optim import Optimizer

from digitlab.data.batch import Batch
from digitlab.performance.no_profiler import Unprofiled

CALLBACK_HOOKS = (  # of a step, in the order in which they are called
    "on_train_batch_start", "on_before_zero_grad", "on_before_backward", "on_after_backward",
    "on_before_optimizer_step", "on_train_batch_end",
)  # fmt: skip
MODULE_HOOKS = (  # which a lean step does not call: with one of them the module gets Lightning's own step
    *CALLBACK_HOOKS, "optimizer_step", "optimizer_zero_grad", "backward", "lr_scheduler_step",
    "on_before_batch_transfer", "on_after_batch_transfer",
)  # fmt: skip


class Results(_ResultCollection):
    """What has been logged in an epoch, and whether something was in this step."""

    changed = True

    def update_metrics(self, key: str, value: Any, batch_size: int) -> None:
        """Take up a logged value."""
        self.changed = True
        super().update_metrics(key, value, batch_size)


class LeanEpochLoop(_TrainingEpochLoop):
    """An epoch as Lightning runs it, to the bit, with the same progress counted and the same hooks called in one order.

    Lightning calls some sixty hooks in a step, through four layers and each by name, of which ten do something: 0.6 ms,
    a fifth of the MLP's step. Here the callbacks that override a hook are looked up once in an epoch, and the step
    is one function. Whatever it does not cover (several processes, a gradient scaler, accumulated gradients, a
    profiler, a module with hooks of its own, the first batch after a resume) gets Lightning's own step.

    It stands on internals of Lightning, which pyproject.toml holds below 2.7; the tests of this
    file compare both.
    """

    _results: Results

    @classmethod
    def install(cls, trainer: Trainer) -> None:
        """Let `trainer` train with this loop."""
        stock = trainer.fit_loop.epoch_loop
        trainer.fit_loop.epoch_loop = cls(trainer, min_steps=stock.min_steps, max_steps=stock.max_steps)

    def __init__(self, trainer: Trainer, min_steps: int | None = None, max_steps: int = -1) -> None:
        super().__init__(trainer, min_steps=min_steps, max_steps=max_steps)
        self._results = Results(training=True)

    def on_run_start(self, data_fetcher: _DataFetcher) -> None:
        """Look up, at the beginning of an epoch, who takes part in its steps."""
        super().on_run_start(data_fetcher)
        trainer = self.trainer
        self._lean = is_lean(trainer)
        self._hooks = {name: _overriding(trainer.callbacks, name) for name in CALLBACK_HOOKS}
        self._each_step = [
            config
            for config in trainer.lr_scheduler_configs
            if config.interval == "step" and not config.reduce_on_plateau
        ]
        self._quiet_within = (  # nothing but the next batch follows a batch, unless it is the last
            self._lean
            and trainer.check_val_every_n_epoch is not None
            and trainer.val_check_batch is not None
            and trainer.val_check_batch >= trainer.num_training_batches
            and not any(
                config.interval == "step" and config.reduce_on_plateau for config in trainer.lr_scheduler_configs
            )
        )
        if self._lean and trainer.strategy.root_device.type == "cpu":
            # Adam asks the driver for a GPU in each step and opens a library for it: 0.1 ms.
            trainer.optimizers[0]._accelerator_graph_capture_health_check = _nothing

    def advance(self, data_fetcher: _DataFetcher) -> None:
        """Train on one batch."""
        if self.restarting or not self._lean:
            super().advance(data_fetcher)
            return
        trainer, progress = self.trainer, self.batch_progress
        module, connector, results = trainer.lightning_module, trainer._logger_connector, self._results
        self.val_loop.restarting = False
        batch, _, _ = next(data_fetcher)
        batch_idx = self.batch_idx + 1
        progress.is_last_batch = data_fetcher.done
        batch = trainer.datamodule.transfer_batch_to_device(batch, trainer.strategy.root_device, 0)
        progress.increment_ready()
        connector._first_loop_iter = connector._first_loop_iter is None
        results.batch, results.batch_size, results.dataloader_idx = batch, None, None
        self._call("on_train_batch_start", batch, batch_idx)
        progress.increment_started()
        outputs = {"loss": self._optimize(module, batch, batch_idx)}
        progress.increment_processed()
        self._step_schedules(batch_idx)
        self._call("on_train_batch_end", outputs, batch, batch_idx)
        if results.changed:  # otherwise they are what they were
            connector.on_batch_end()
            results.changed = False
        results.batch = results.batch_size = None
        progress.increment_completed()
        every = trainer.log_every_n_steps
        if trainer.fast_dev_run or (every and (self._batches_that_stepped + 1) % every == 0):
            connector.update_train_step_metrics()

    def on_advance_end(self, data_fetcher: _DataFetcher) -> None:
        """Validate if it is time, and count the batch."""
        trainer = self.trainer
        if self._quiet_within and not (
            self._num_ready_batches_reached() or self._skip_next_val or trainer.should_stop or trainer.received_sigterm
        ):
            self._batches_that_stepped += 1
        else:
            super().on_advance_end(data_fetcher)

    def _optimize(self, module: LightningModule, batch: Batch, batch_idx: int) -> Tensor:
        """Make a step of the optimizer and return the loss in front of it."""
        optimizer: Optimizer = self.trainer.optimizers[0]
        progress = self.automatic_optimization.optim_progress.optimizer
        precision = self.trainer.precision_plugin

        def closure() -> Any:
            module._current_fx_name = "training_step"
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

    def _step_schedules(self, batch_idx: int) -> None:
        for config in self._each_step:
            if (batch_idx + 1) % config.frequency == 0:
                self.scheduler_progress.increment_ready()
                config.scheduler.step()
                self.scheduler_progress.increment_completed()
        if self._num_ready_batches_reached():
            self.update_lr_schedulers("epoch", update_plateau_schedulers=False)

    def _call(self, name: str, *args: Any) -> None:
        if hooks := self._hooks[name]:
            trainer, module = self.trainer, self.trainer.lightning_module
            module._current_fx_name = name  # by which `log` knows what it may do
            for hook in hooks:
                hook(trainer, module, *args)
            module._current_fx_name = None


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


def _nothing() -> None:
    pass


def _overriding(callbacks: list[Callback], name: str) -> list[Callable[..., None]]:
    return [getattr(callback, name) for callback in callbacks if _overrides(callback, Callback, name)]


def _overrides(instance: object, base: type, name: str) -> bool:
    return getattr(getattr(instance, name), "__func__", None) is not getattr(base, name)

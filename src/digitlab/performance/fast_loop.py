"""Lightning's training epoch with each step cut down to what is in use.

Switch: `fast_loop=false` trains with Lightning's own loop, which gives the same bits.
Last measured: 26 November 2026, MLP, batch 128, 32-true, one thread, seven rounds beside other work (load 10):
Lightning's loop takes 1.35 times the processor time of this one.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.core.hooks import DataHooks
from lightning.pytorch.loops.fetchers import _DataFetcher, _DataLoaderIterDataFetcher
from lightning.pytorch.loops.optimization.automatic import Closure, ClosureResult
from lightning.pytorch.loops.training_epoch_loop import _TrainingEpochLoop
from lightning.pytorch.plugins.precision import MixedPrecision, Precision
from lightning.pytorch.profilers import PassThroughProfiler
from lightning.pytorch.strategies import SingleDeviceStrategy
from lightning.pytorch.trainer.connectors.logger_connector.result import _ResultCollection
from lightning.pytorch.utilities.signature_utils import is_param_in_hook_signature
from torch import Tensor
from torch.optim import Optimizer

CALLBACK_HOOKS = (  # of a step, in the order in which they are called
    "on_train_batch_start", "on_before_zero_grad", "on_before_backward", "on_after_backward",
    "on_before_optimizer_step", "on_train_batch_end",
)  # fmt: skip
MODULE_HOOKS = (  # which a fast step does not call: a module that has one of them gets Lightning's own step
    *CALLBACK_HOOKS, "optimizer_step", "optimizer_zero_grad", "backward", "lr_scheduler_step",
)  # fmt: skip
DATA_HOOKS = ("on_before_batch_transfer", "on_after_batch_transfer")  # of a module or a data module, likewise
RUNNING_HOOK = "_current_fx_name"  # attribute of a LightningModule, by which its `log` knows what it may do


class Results(_ResultCollection):
    """What has been logged in an epoch, and whether something was in this step."""

    changed = True

    def update_metrics(self, key: str, value: Any, batch_size: int) -> None:
        """Take up a logged value."""
        self.changed = True
        super().update_metrics(key, value, batch_size)


class FastEpochLoop(_TrainingEpochLoop):
    """An epoch as Lightning runs it, to the bit, with the same progress counted and the same hooks called in one order.

    Lightning calls some sixty hooks in a step, through four layers and each by name, of which ten do something. Here
    the callbacks that override a hook are looked up once in an epoch, and a step calls those and the module's
    `training_step` and `configure_gradient_clipping`. Whatever this does not cover (see `has_fast_step`), and the first
    batch after a resume, gets Lightning's own step.

    It depends on internals of Lightning, which pyproject.toml holds below 2.7; the tests of this file compare both.
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
        trainer, module = self.trainer, self.trainer.lightning_module
        self._fast = has_fast_step(trainer) and not isinstance(data_fetcher, _DataLoaderIterDataFetcher)
        self._hooks = {name: _overriding(trainer.callbacks, name) for name in CALLBACK_HOOKS}
        mover = trainer._data_connector._datahook_selector.get_instance("transfer_batch_to_device")
        self._move = mover.transfer_batch_to_device
        self._takes_index = is_param_in_hook_signature(module.training_step, "batch_idx", min_args=2)
        each_step = [config for config in trainer.lr_scheduler_configs if config.interval == "step"]
        self._each_step = [config for config in each_step if not config.reduce_on_plateau]
        self._quiet_within = (  # nothing but the next batch follows a batch, unless it is the last
            self._fast
            and trainer.check_val_every_n_epoch is not None
            and trainer.val_check_batch is not None
            and trainer.val_check_batch >= trainer.num_training_batches
            and len(each_step) == len(self._each_step)
        )
        if self._fast and trainer.strategy.root_device.type == "cpu":
            # Adam asks the driver for a GPU in each step and opens a library for it: 0.1 ms.
            trainer.optimizers[0]._accelerator_graph_capture_health_check = _nothing

    def advance(self, data_fetcher: _DataFetcher) -> None:
        """Train on one batch."""
        if self.restarting or not self._fast:
            super().advance(data_fetcher)
            return
        trainer, progress, results = self.trainer, self.batch_progress, self._results
        connector = trainer._logger_connector
        self.val_loop.restarting = False
        batch, _, _ = next(data_fetcher)
        batch_idx = self.batch_idx + 1
        progress.is_last_batch = data_fetcher.done
        batch = self._move(batch, trainer.strategy.root_device, 0)
        progress.increment_ready()
        connector.on_batch_start(batch)
        outputs = None
        if batch is None:
            self._warning_cache.warn("train_dataloader yielded None. If this was on purpose, ignore this warning...")
        else:
            self._call("on_train_batch_start", batch, batch_idx)
            progress.increment_started()
            outputs = self._optimize((batch, batch_idx) if self._takes_index else (batch,))
        progress.increment_processed()
        self._step_schedules(batch_idx)
        self._call("on_train_batch_end", outputs, batch, batch_idx)
        if results.changed:  # otherwise they are what they were
            connector.on_batch_end()
            results.changed = False
        results.batch = results.batch_size = None
        progress.increment_completed()
        every = trainer.log_every_n_steps
        if trainer.fast_dev_run or trainer.should_stop or (every and (self._batches_that_stepped + 1) % every == 0):
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

    def _optimize(self, inputs: Sequence[Any]) -> dict[str, Any]:
        """Make a step of the optimizer and return what `training_step` gave in front of it."""
        optimizer: Optimizer = self.trainer.optimizers[0]
        step = self.automatic_optimization.optim_progress.optimizer.step
        closure = Closure(partial(self._training_step, inputs), self._backward, partial(self._zero_grad, optimizer))
        step.increment_ready()
        optimizer.step(closure=partial(self._compute_gradients, optimizer, closure))
        step.increment_completed()
        result = closure.consume_result()
        return {} if result.loss is None else result.asdict()

    def _training_step(self, inputs: Sequence[Any]) -> ClosureResult:
        module = self.trainer.lightning_module
        module.__dict__[RUNNING_HOOK] = "training_step"
        with self.trainer.precision_plugin.train_step_context():
            output = module.training_step(*inputs)
        module.__dict__[RUNNING_HOOK] = None
        if isinstance(output, Tensor):
            return ClosureResult(output)  # steps are not accumulated, so the loss is not divided
        return ClosureResult.from_training_step_output(output)

    def _zero_grad(self, optimizer: Optimizer) -> None:
        progress = self.automatic_optimization.optim_progress.optimizer.zero_grad
        progress.increment_ready()
        self._call("on_before_zero_grad", optimizer)
        progress.increment_started()
        optimizer.zero_grad()
        progress.increment_completed()

    def _backward(self, loss: Tensor) -> None:
        self._call("on_before_backward", loss)
        loss.backward()
        self._call("on_after_backward")

    def _compute_gradients(self, optimizer: Optimizer, closure: Closure) -> Any:
        """Do what an optimizer asks for before it changes the weights, and return the loss."""
        loss = closure()
        self._call("on_before_optimizer_step", optimizer)
        trainer, module = self.trainer, self.trainer.lightning_module
        module.__dict__[RUNNING_HOOK] = "configure_gradient_clipping"
        module.configure_gradient_clipping(
            optimizer,
            gradient_clip_val=trainer.gradient_clip_val,
            gradient_clip_algorithm=trainer.gradient_clip_algorithm,
        )
        module.__dict__[RUNNING_HOOK] = None
        return loss

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
            module.__dict__[RUNNING_HOOK] = name  # nn.Module's own way would look for tensors first
            for hook in hooks:
                hook(trainer, module, *args)
            module.__dict__[RUNNING_HOOK] = None


def has_fast_step(trainer: Trainer) -> bool:
    """Return whether a fast step leaves out nothing that this training uses.

    It does not cover several processes, a gradient scaler, accumulated gradients, a profiler, manual optimization, and
    modules and data modules with hooks of their own within a step.
    """
    module, datamodule, precision = trainer.lightning_module, trainer.datamodule, trainer.precision_plugin  # type: ignore[attr-defined]
    return (
        type(trainer.strategy) is SingleDeviceStrategy
        and (type(precision) is Precision or (type(precision) is MixedPrecision and precision.scaler is None))
        and trainer.accumulate_grad_batches == 1
        and type(trainer.profiler) is PassThroughProfiler  # type: ignore[attr-defined]
        and module.automatic_optimization
        and not any(_overrides(module, LightningModule, name) for name in MODULE_HOOKS)
        and not any(
            _overrides(part, DataHooks, name)
            for part in (module, datamodule)
            if part is not None
            for name in DATA_HOOKS
        )
    )


def _nothing() -> None:
    pass


def _overriding(callbacks: list[Callback], name: str) -> list[Callable[..., None]]:
    return [getattr(callback, name) for callback in callbacks if _overrides(callback, Callback, name)]


def _overrides(instance: object, base: type, name: str) -> bool:
    return getattr(getattr(instance, name), "__func__", None) is not getattr(base, name)

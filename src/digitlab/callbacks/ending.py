"""Why a training has ended, in a few words."""

from lightning import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, Timer
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason


def ending_reason(trainer: Trainer) -> str:
    """Return why `trainer.fit` has ended, and how far within an epoch if not at its end."""
    return _reason(trainer) + _place(trainer)


def _reason(trainer: Trainer) -> str:
    if trainer.fast_dev_run:  # type: ignore[attr-defined]
        return "trainer.fast_dev_run, one batch of everything"
    if trainer.should_stop:
        return next((reason for reason in map(_stopped_by, trainer.callbacks) if reason), "a callback stopped it")  # type: ignore[attr-defined]
    if trainer.max_steps != -1 and trainer.global_step >= trainer.max_steps:
        return f"trainer.max_steps={trainer.max_steps} reached"
    return f"trainer.max_epochs={trainer.max_epochs} reached"


def _stopped_by(callback: Callback) -> str | None:
    """Return why a callback has stopped the training, if it has and says why."""
    if isinstance(callback, EarlyStopping) and callback.stopping_reason is not EarlyStoppingReason.NOT_STOPPED:
        return f"early stopping, {_early(callback)}"
    if isinstance(callback, Timer):
        left = callback.time_remaining()
        if left is not None and left <= 0:
            return f"the time of trainer.max_time or Timer was up after {callback.time_elapsed():.0f} s"
    return None


def _early(callback: EarlyStopping) -> str:
    match callback.stopping_reason:
        case EarlyStoppingReason.PATIENCE_EXHAUSTED:
            return f"{callback.monitor} was not better in {callback.patience} validations in a row, its patience"
        case EarlyStoppingReason.STOPPING_THRESHOLD:
            return f"{callback.monitor} reached the threshold {callback.stopping_threshold}"
        case EarlyStoppingReason.DIVERGENCE_THRESHOLD:
            return f"{callback.monitor} passed the divergence threshold {callback.divergence_threshold}"
        case _:
            return f"{callback.monitor} was no finite number"


def _place(trainer: Trainer) -> str:
    """Return after which batch an epoch has been left, if it has not been finished."""
    done, of = trainer.fit_loop.epoch_loop.batch_progress.current.completed, trainer.num_training_batches
    if not trainer.should_stop or done >= of:
        return ""
    return f"; after batch {done} of {of} in epoch {trainer.current_epoch}"

"""How a trainer's work can end, in our terms."""

import contextlib
import signal
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.spike import TrainingSpikeException

from digitlab.errors import Diverged, Interrupted, ProcessLost, UserError
from digitlab.runs.record import record_ending
from digitlab.system.commands import resume_command
from digitlab.system.output import say_last
from digitlab.system.ranks import be_first, first_process, is_first
from digitlab.system.signals import end_deferral, raise_if_stopped, unheard_signals_end
from digitlab.tasks.other_processes import watched

OF_TORCH = {  # how what torch says begins, and what was typed that does not work
    "Tried to step": "scheduler: it is planned for fewer steps than trainer.max_epochs and trainer.max_steps ask for",
    "Expected more than 1 value per channel": "data.batch_size: BatchNorm needs more than one image in a batch",
}


@contextlib.contextmanager
def our_endings(trainer: Trainer) -> Iterator[None]:
    """Turn what Lightning raises into what the commands know.

    Of several processes the first one says how the training has ended. Those that Lightning has started leave without
    a word and with exit code 0: another code would tell the first one that they have failed.

    Raises:
        Interrupted: If a signal stopped the trainer.
        ProcessLost: If another process of the training has ended without a word: it was killed, say.
        KeyboardInterrupt: If a person stopped the trainer; Lightning would exit with the code of a failure.
        UserError: If Lightning finds that settings do not work, which only it can tell.
    """
    _keep_our_handlers(trainer)
    directory = Path(trainer.default_root_dir)
    try:
        with contextlib.ExitStack() as stack:
            if trainer.world_size > 1:
                stack.enter_context(unheard_signals_end(partial(_record_signal, directory)))
                stack.enter_context(watched(trainer, partial(_record, directory, _lost(directory))))
            yield
        end_deferral()
        raise_if_stopped()
    except TrainingSpikeException as error:
        raise Diverged(f"SpikeDetection: {error}; try a lower optimizer.lr") from None
    except (Interrupted, Diverged):
        if first_process() is not None:
            sys.exit(0)
        raise
    except SystemExit:
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    except Exception as error:
        told = next((words for begins, words in OF_TORCH.items() if str(error).startswith(begins)), None)
        if isinstance(error, ValueError) and told is not None:
            raise UserError(f"{told}: {' '.join(str(error).split())}") from error
        if trainer.world_size > 1 and _is_of_connection(error):
            raise _lost(directory) from error
        if isinstance(error, UserError) or not _is_of_settings(error):
            raise
        raise UserError(f"trainer: {' '.join(str(error).split())}") from error
    finally:
        end_deferral()


def _is_of_connection(error: Exception) -> bool:
    """Return whether torch could not reach another process; Gloo, of the CPU, says so in a plain RuntimeError."""
    known = isinstance(error, torch.distributed.DistBackendError | torch.distributed.DistNetworkError)
    return known or (isinstance(error, RuntimeError) and "gloo/transport" in str(error))


def _is_of_settings(error: Exception) -> bool:
    """Return whether Lightning itself has raised: it has found settings that do not work, here or together."""
    if isinstance(error, MisconfigurationException):
        return True
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    name = str(frame.f_globals.get("__name__"))
    return name.startswith("lightning.") and isinstance(error, ValueError | TypeError | ImportError)


def _keep_our_handlers(trainer: Trainer) -> None:
    """Answer signals ourselves.

    Lightning's handlers save within the handler under SLURM, where a lock of TensorBoard's can be held without end, and
    begin a broadcast there when there are several processes, in the middle of another one.
    """
    trainer._signal_connector.register_signal_handlers = lambda: None  # type: ignore[method-assign]
    if trainer.world_size > 1 and trainer.is_global_zero:
        be_first()


def _lost(directory: Path) -> ProcessLost:
    return ProcessLost(f"another process of this training has ended; resume with: {resume_command(directory)}")


def _record_signal(directory: Path, number: int) -> None:
    _record(directory, Interrupted(number), f"stopped by {signal.Signals(number).name}")


def _record(directory: Path, error: BaseException, line: str | None = None) -> None:
    if is_first():
        record_ending(directory, error)
        say_last(line or str(error))

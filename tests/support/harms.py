"""A callback that does harm to the run it is in, once: what happens to real jobs, at a moment that a test can choose.

    +callbacks.harm._target_=harms.Harm +callbacks.harm.how=kill        with this folder on PYTHONPATH

raise, exit, kill, diverge   in the second epoch, when there is a checkpoint to resume from
early                        exit in the first, when there is none
none                         leaves the run alone
"""

import os
import signal
from pathlib import Path
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback


class Harm(Callback):
    def __init__(self, how: str) -> None:
        self.how = how

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        done = Path(trainer.default_root_dir).parent / f"harmed-{self.how}"
        moment = (0 if self.how == "early" else 1, 3)
        if self.how == "none" or (trainer.current_epoch, batch_idx) != moment or done.exists():
            return
        done.touch()
        if self.how == "raise":
            raise ZeroDivisionError("a fault in the program")
        if self.how in ("exit", "early"):
            os._exit(0 if self.how == "early" else 7)
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "diverge":
            trainer.optimizers[0].param_groups[0]["lr"] = 1e30


class RaiseOnce(Callback):
    """Raises in the second epoch of the run that has this learning rate, and leaves it alone when it is resumed.

    Args:
        lr: Of the optimizer.
    """

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        done = Path(trainer.default_root_dir) / "raised"
        if trainer.current_epoch == 1 and trainer.optimizers[0].param_groups[0]["lr"] == self.lr and not done.exists():
            done.touch()
            raise ZeroDivisionError("a fault in the program")


class KillAt(Callback):
    """Kills the run in front of a batch, the first time.

    Args:
        moment: Epoch and batch, from 0.
    """

    def __init__(self, moment: list[int]) -> None:
        self.moment = tuple(moment)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        done = Path(trainer.default_root_dir) / "killed"
        if (trainer.current_epoch, batch_idx) == self.moment and not done.exists():
            done.touch()
            os.kill(os.getpid(), signal.SIGKILL)

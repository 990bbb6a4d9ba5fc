"""Dropout and everything else random in a step, as a function of seed, epoch and step."""

from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer

from digitlab.callbacks.step_seed import seed_step

BEFORE_STEPS = -1  # the step in whose place the order of an epoch's images is drawn, by loaders that are not ours


class SeededSteps(Callback):
    """Seeds the generators in front of every epoch and every training step.

    Args:
        seed: Of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._begins = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Know that the iterator of the next epoch exists already."""
        self._begins = True

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Seed what torch's DataLoader draws an order from.

        It draws a number when it begins to iterate and the order after that. Lightning begins before this hook in the
        first epoch of a process, and after it in all others: the number is drawn here if this process resumes.
        """
        seed_step(self.seed, trainer.current_epoch, BEFORE_STEPS, trainer.global_rank, pl_module.device)
        if self._begins and trainer.current_epoch > 0:
            torch.empty((), dtype=torch.int64).random_()
        self._begins = False

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Seed; each of several processes draws its own."""
        seed_step(self.seed, trainer.current_epoch, batch_idx, trainer.global_rank, pl_module.device)

"""Dropout and everything else random in a step, as a function of seed, epoch and step."""

from typing import Any

from lightning import Callback, LightningModule, Trainer

from digitlab.callbacks.step_seed import seed_step


class SeededSteps(Callback):
    """Seeds the generators in front of every training step.

    Args:
        seed: Of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Seed; each of several processes draws its own."""
        seed_step(self.seed, trainer.current_epoch, batch_idx, trainer.global_rank, pl_module.device)

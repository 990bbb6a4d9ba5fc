"""What several processes decide together: each has its own clock, its own signals and its own callbacks."""

from collections.abc import Sequence

import torch
from lightning import Trainer

from digitlab.system.signals import received_signal, request_stop


def largest_of_all(trainer: Trainer, numbers: Sequence[int]) -> list[int]:
    """Return for each number the largest that any process has given; all have to ask."""
    own = torch.tensor(numbers, device=trainer.strategy.root_device)
    return [int(number) for number in trainer.strategy.reduce(own, reduce_op="max")]


def agree(trainer: Trainer, due: bool = False) -> bool:
    """Let a signal or a stop that one process knows of be known to all.

    Returns:
        Whether something is due, for which the first process is asked.
    """
    if trainer.world_size == 1:
        return due
    own = (received_signal(), trainer.should_stop, due and trainer.is_global_zero)
    number, stop, is_due = largest_of_all(trainer, [int(part) for part in own])
    trainer.should_stop = bool(stop)
    if number:
        request_stop(number)
    return bool(is_due)

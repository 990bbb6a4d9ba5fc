"""What several processes decide together: each has its own clock, its own signals and its own callbacks."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from lightning import Trainer

from digitlab.system.signals import received_signal


class Agreed(NamedTuple):
    """What all processes know alike; what one of them learns a moment later waits for the next time.

    Attributes:
        due: Whether something is due, for which the first process is asked.
        signal: The number of a signal that asks to stop, or 0.
    """

    due: bool
    signal: int


def largest_of_all(trainer: Trainer, numbers: Sequence[int]) -> list[int]:
    """Return for each number the largest that any process has given; all have to ask."""
    own = torch.tensor(numbers, device=trainer.strategy.root_device)
    return [int(number) for number in trainer.strategy.reduce(own, reduce_op="max")]


def agree(trainer: Trainer, due: bool = False) -> Agreed:
    """Let a signal or a stop that one process knows of be known to all, who all have to ask."""
    if trainer.world_size == 1:
        return Agreed(due, received_signal())
    own = (received_signal(), trainer.should_stop, due and trainer.is_global_zero)
    number, stop, is_due = largest_of_all(trainer, [int(part) for part in own])
    trainer.should_stop = bool(stop)
    return Agreed(bool(is_due), number)

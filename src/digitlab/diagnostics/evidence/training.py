"""Short trainings of copies: of the plan as it is, of one batch, of shuffled labels, of the same seed."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from lightning import LightningDataModule

from digitlab.diagnostics.evidence.batches import label_tensors
from digitlab.diagnostics.evidence.recorder import Recorder
from digitlab.diagnostics.evidence.subject import Subject, undisturbed
from digitlab.diagnostics.wording import settled

WHOLE = {"limit_train_batches": 1.0, "overfit_batches": 0.0, "max_steps": -1}  # all batches of a loader of ours
VALIDATED = 2000  # images of a validation here, about: 1 point of accuracy is 0.7 standard errors at 90 %


@dataclass
class Short:
    """A short training, and what ended it if it was an error."""

    record: Recorder
    error: Exception | None
    planned: int  # steps of the whole training

    @property
    def losses(self) -> list[float]:
        """Return the loss of each step, or the cross-entropy where the loss is not known."""
        values = [step.loss if step.loss is not None else step.cross_entropy for step in self.record.steps]
        return [value for value in values if value is not None]

    @property
    def fallen(self) -> float:
        """Return the loss at the end of the short training over that at its start; infinity if it diverged."""
        losses = self.losses
        return settled(losses, 10) / losses[0] if losses and losses[0] > 0 else math.inf

    @property
    def learns(self) -> bool:
        """Return whether the short training reached far more than chance in validation."""
        seen = self.record.validated
        if seen is None or seen.images < 50 or len(seen.by_class) < 2:
            return False
        commonest = max(count for _, count in seen.by_class.values()) / seen.images
        return seen.right / seen.images > commonest + 0.75 * (1 - commonest)

    @property
    def still_falling(self) -> bool:
        """Return whether the loss fell by a tenth or more in the second half of the short training."""
        losses = self.losses
        half = losses[: len(losses) // 2]
        return len(half) >= 10 and settled(losses, 10) < 0.9 * settled(half, 10)

    @property
    def loss_kind(self) -> str:
        """Return which known mistake the loss is, if it is one in most of the first steps."""
        kinds = [step.mistake for step in self.record.steps[:40] if step.cross_entropy is not None]
        name = max(set(kinds), key=kinds.count, default="")
        return name if kinds.count(name) > len(kinds) / 2 else ""

    @property
    def largest_gradients(self) -> dict[str, float]:
        """Return the largest norm of the gradient of each parameter that had one in any step."""
        largest: dict[str, float] = {}
        for step in self.record.steps:
            for name, size in step.gradients.items():
                largest[name] = max(largest.get(name, 0.0), size)
        return largest


def short_training(subject: Subject, steps: int, seconds: float, batch_size: int) -> Short:
    """Train as planned, rates and all, but not longer than so many steps or seconds; then validate."""
    recorder = Recorder(steps, seconds)
    with undisturbed():
        given = subject.trainer_arguments.get("limit_val_batches", 1.0)
        few = max(1, VALIDATED // max(1, batch_size))
        limit = min(given, few) if isinstance(given, int) and not isinstance(given, bool) else few
        trainer = subject.trainer(recorder, limit_val_batches=0 if given == 0 else limit)
        error = _fit(trainer, subject, subject.fresh_data())
        planned = trainer.estimated_stepping_batches if error is None else math.inf
    return Short(recorder, error, int(planned) if math.isfinite(planned) else 0)


def same_batch(subject: Subject, batch: Any, steps: int, seconds: float) -> Short:
    """Train on one batch over and over, its schedule drawn out over all these steps."""
    recorder = Recorder(steps, seconds, closely=False)
    with undisturbed():
        data = subject.on_batches(lambda: Batches([batch], steps))
        trainer = subject.trainer(recorder, limit_val_batches=0, accumulate_grad_batches=1, **WHOLE, max_epochs=1)
        error = _fit(trainer, subject, data)
    return Short(recorder, error, steps)


def first_steps(subject: Subject, steps: int) -> list[float]:
    """Return the losses of the first steps of the training as planned."""
    recorder = Recorder(steps, math.inf, closely=False)
    with undisturbed():
        _fit(subject.trainer(recorder, limit_val_batches=0), subject, subject.fresh_data())
    return Short(recorder, None, steps).losses


def shuffled_labels(subject: Subject, batches: list[Any], steps: int, seconds: float) -> Short:
    """Train on the same images with their labels dealt out anew, and validate with true ones."""
    recorder = Recorder(steps, seconds, closely=False)
    wrong = _with_labels_dealt(batches)
    with undisturbed():
        data = subject.on_batches(lambda: Batches(wrong, len(wrong)))
        trainer = subject.trainer(recorder, max_epochs=-(-steps // len(wrong)), **WHOLE)
        error = _fit(trainer, subject, data)
    return Short(recorder, error, steps)


def _with_labels_dealt(batches: list[Any]) -> list[Any]:
    """Return copies of batches in which the labels of all of them are dealt out anew."""
    batches = copy.deepcopy(batches)
    labels = [tensor for batch in batches for tensor in label_tensors(batch)]
    every = torch.cat(labels)
    dealt = every[torch.randperm(len(every), generator=torch.Generator().manual_seed(0)).to(every.device)]
    for tensor, new in zip(labels, dealt.split([len(one) for one in labels]), strict=True):
        tensor.copy_(new)
    return batches


def _fit(trainer: Any, subject: Subject, data: LightningDataModule) -> Exception | None:
    try:
        trainer.fit(subject.fresh_module(), datamodule=data)
    except Exception as error:  # it is what is looked for
        return error
    return None


class Batches:
    """Batches in turn, so many times: copies, for a step may change what it is given. No list: those are loaders."""

    def __init__(self, batches: list[Any], times: int) -> None:
        self.batches, self.times = batches, times

    def __len__(self) -> int:
        """Return how many there are."""
        return self.times

    def __iter__(self) -> Iterator[Any]:
        """Return the batches."""
        return (copy.deepcopy(self.batches[number % len(self.batches)]) for number in range(self.times))

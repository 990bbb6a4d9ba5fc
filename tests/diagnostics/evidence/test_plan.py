"""The plan of a training is that of the training itself."""

from typing import Any

import pytest
import torch
from lightning import Callback, LightningModule, Trainer
from torch.optim import lr_scheduler

from digitlab.diagnostics.evidence.plan import planned
from digitlab.diagnostics.evidence.subject import Subject, undisturbed
from support.sick_trainings import Digits, Net

SCHEDULES: dict[str, Any] = {
    "each epoch": lambda optimizer: lr_scheduler.StepLR(optimizer, 1, 0.5),
    "each step": lambda optimizer: {"scheduler": lr_scheduler.ExponentialLR(optimizer, 0.99), "interval": "step"},
    "each third step": lambda optimizer: {
        "scheduler": lr_scheduler.ExponentialLR(optimizer, 0.9), "interval": "step", "frequency": 3,
    },
    "one cycle": lambda optimizer: {
        "scheduler": lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=21), "interval": "step",
    },
}  # fmt: skip


class Scheduled(Net):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.schedule = name

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), 0.1)
        return {"optimizer": optimizer, "lr_scheduler": SCHEDULES[self.schedule](optimizer)}


class Rates(Callback):
    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self.seen.append(float(trainer.optimizers[0].param_groups[0]["lr"]))


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rates_are_those_of_the_training(name: str) -> None:
    subject = Subject(Scheduled(name), Digits(batch_size=200), {"accelerator": "cpu", "max_epochs": 3})
    plan, rates = planned(subject), Rates()
    with undisturbed():
        subject.trainer(rates).fit(subject.fresh_module(), datamodule=subject.fresh_data())
    assert (plan.steps, plan.batches) == (21, 7)
    assert plan.rates == pytest.approx(rates.seen), name


def test_who_is_trained_and_who_is_not() -> None:
    plan = planned(Subject(Net("half held"), Digits(), {"accelerator": "cpu"}))
    assert plan.trained == {"head.weight", "head.bias"}
    assert plan.forgotten == ["body.1.weight", "body.1.bias"]
    plan = planned(Subject(Net("frozen"), Digits(), {"accelerator": "cpu"}))
    assert plan.frozen == ["body.1.weight", "body.1.bias"]
    decayed = planned(Subject(Net("strong decay"), Digits(), {"accelerator": "cpu"}))
    assert decayed.decayed_vectors == ["body.1.bias", "head.bias"]
    assert decayed.optimizers[0][0] == "Adam"

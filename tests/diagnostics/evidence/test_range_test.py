"""The range test works on copies, of anybody's module, and is the same each time."""

import copy
import random
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from lightning import LightningDataModule
from lightning.pytorch.callbacks import ModelCheckpoint

from digitlab.diagnostics.evidence.range_test import _without_schedules, range_test
from digitlab.errors import Diverged
from support.foreign_modules import Dictionaries, Manual, NoIndex, OwnScheduleStep, Schedules, Skips, Tuples
from support.states import equal

CPU = {"accelerator": "cpu", "devices": 1, "max_epochs": 7, "logger": True}


def batches(kind: type = Tuples, count: int = 12) -> list[Any]:
    generator = torch.Generator().manual_seed(3)
    labels = torch.arange(60) % 3
    inputs = torch.nn.functional.one_hot(labels, 4).float() + torch.rand(60, 4, generator=generator) / 4
    pairs = list(zip(inputs.split(60 // count), labels.split(60 // count), strict=True))
    return [{"inputs": pair[0], "labels": pair[1]} for pair in pairs] if kind is Dictionaries else pairs


def module(kind: type = Tuples) -> Any:
    torch.manual_seed(1)
    return kind()


class Unreturned(Manual):
    """Goes backward by itself and returns nothing: only what it logs tells its loss."""

    def training_step(self, batch: Any, batch_idx: int) -> None:
        optimizer = self.optimizers()[0]
        optimizer.zero_grad()
        loss = self.loss(batch)
        loss.backward()
        optimizer.step()
        self.log("train_loss", loss)


class Demanding(Tuples):
    """Brings callbacks, writes to its logger, changes its batch, and draws from every generator."""

    def configure_callbacks(self) -> Any:
        return [ModelCheckpoint()]

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        self.logger.experiment.add_scalar("x", 1.0)  # type: ignore[union-attr]
        batch[0].add_(random.random() * 1e-3 + np.random.rand() * 1e-3)
        return super().training_step(batch, batch_idx)


class Groups(Tuples):
    def configure_optimizers(self) -> Any:
        groups = [{"params": self.net[0].parameters(), "lr": 0.1}, {"params": self.net[3].parameters(), "lr": 0.01}]
        return torch.optim.SGD(groups)

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        self.rates.append([group["lr"] for group in self.trainer.optimizers[0].param_groups])
        return super().training_step(batch, batch_idx)


@pytest.mark.parametrize(
    "kind", [Tuples, NoIndex, Dictionaries, Manual, Unreturned, Schedules, OwnScheduleStep, Skips, Demanding]
)
def test_any_module_is_tested(kind: type) -> None:
    found = range_test(module(kind), batches(kind), CPU)
    assert found.suggestion is not None
    assert 1e-5 < found.suggestion < 10
    assert found.lr[0] == pytest.approx(1e-7)
    assert found.measured[0] == pytest.approx(1.1, abs=0.5)
    assert min(found.loss) < 0.9 * found.loss[0]


@pytest.mark.parametrize("kind", [Tuples, Manual, Demanding])
def test_everything_stays_as_it_was(kind: type) -> None:
    examined, given = module(kind), batches(kind)
    before = copy.deepcopy((examined.state_dict(), given)), examined.training
    torch.manual_seed(5), random.seed(5), np.random.seed(5)  # type: ignore[func-returns-value]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = range_test(examined, given, CPU)
    drawn = torch.rand(3), random.random(), np.random.rand()
    torch.manual_seed(6), random.seed(6), np.random.seed(6)  # type: ignore[func-returns-value]
    assert range_test(examined, given, CPU) == first
    torch.manual_seed(5), random.seed(5), np.random.seed(5)  # type: ignore[func-returns-value]
    assert equal(drawn, (torch.rand(3), random.random(), np.random.rand()))
    assert equal(before, ((examined.state_dict(), given), examined.training))
    assert examined._trainer is None
    assert range_test(examined, given, CPU, seed=1) != first


def test_accumulated_batches_are_one_step_and_their_loss_is_not_divided() -> None:
    found = range_test(module(), batches(), {**CPU, "accumulate_grad_batches": 3}, steps=20)
    assert len(found.measured) == 20
    assert found.measured[0] == pytest.approx(range_test(module(), batches(), CPU).measured[0], abs=0.3)


def test_groups_keep_their_share_of_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[list[float]] = []
    monkeypatch.setattr(Groups, "rates", rates, raising=False)
    range_test(module(Groups), batches(), CPU, lowest=1e-3, highest=1e-1, steps=5)
    assert [first for first, _ in rates] == pytest.approx([10 ** (-3 + step / 2) for step in range(5)])
    assert [second for _, second in rates] == pytest.approx([first / 10 for first, _ in rates])


def test_a_loss_without_bounds_ends_the_test() -> None:
    class Explodes(Tuples):
        def loss(self, batch: Any) -> Any:
            return super().loss(batch) ** 4

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=1)

    found = range_test(module(Explodes), batches(), CPU, highest=1e5)
    assert len(found.lr) < 100
    assert found.diverges_at is not None
    assert found.diverges_at < 1e5


def test_a_module_that_says_that_it_diverged_has() -> None:
    class Says(Tuples):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            if batch_idx == 50:
                raise Diverged("nan")
            return super().training_step(batch, batch_idx)

    found = range_test(module(Says), batches(), CPU)
    assert len(found.lr) == 50
    assert found.diverges_at == pytest.approx(1e-7 * 1e8 ** (50 / 99))


def test_another_error_is_the_modules_own_and_costs_no_generator() -> None:
    class Breaks(Tuples):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            raise KeyError("labels")

    broken = module(Breaks)
    torch.manual_seed(5)
    with pytest.raises(KeyError, match="labels"):
        range_test(broken, batches(), CPU)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert equal(drawn, torch.rand(3))


def test_hooks_of_a_data_module_prepare_the_batches() -> None:
    class Triples(LightningDataModule):
        def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
            return batch[0], batch[1]

        def setup(self, stage: str) -> None:
            raise AssertionError("the batches are there already")

    three = [(*pair, 1) for pair in batches()]
    found = range_test(module(), three, CPU, datamodule=Triples())
    assert found == range_test(module(), batches(), CPU)


def test_optimizers_are_taken_out_of_every_form() -> None:
    one = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])
    for form in (
        one,
        {"optimizer": one, "lr_scheduler": "x"},
    ):
        assert _without_schedules(form) is one
    for several in ([one, one], (one, one), ([one, one], ["x"]), [{"optimizer": one}, {"optimizer": one}]):
        assert _without_schedules(several) == [one, one]
    assert _without_schedules(None) is None

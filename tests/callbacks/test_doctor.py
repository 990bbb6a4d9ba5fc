"""The doctor beside a training: it says what is wrong, once, and changes no bit."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Trainer
from omegaconf import DictConfig
from torch import nn
from torch.utils.data import DataLoader

from digitlab.callbacks.doctor import Doctor
from digitlab.errors import Diverged
from support.foreign_modules import Closures, Dictionaries, Manual, Schedules, Skips, Tuples
from support.running import run_training
from support.states import equal, state_of

Job = Callable[..., DictConfig]
QUICK = ("trainer.accelerator=cpu", "trainer.max_epochs=3", "logger=csv", "data.batch_size=50",
         "trainer.precision=32-true", "memory_format=contiguous")  # fmt: skip


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the codes that the doctor has named, in order."""
    return re.findall(r"^doctor (DL\d+)", capsys.readouterr().out, flags=re.MULTILINE)


def rows(kind: type, count: int = 600, batch_size: int = 20) -> Any:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 3
    inputs = nn.functional.one_hot(labels, 4).float() + torch.rand(count, 4, generator=generator) / 4
    if kind is Dictionaries:
        return DataLoader([{"inputs": x, "labels": y} for x, y in zip(inputs, labels, strict=True)], batch_size)
    return DataLoader(list(zip(inputs, labels, strict=True)), batch_size)


def fit(
    module: Any, *, epochs: int = 2, validate: Any = None, doctor: bool = True, every: int = 10, **arguments: Any
) -> Trainer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = Trainer(
            max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, num_sanity_val_steps=0, callbacks=[Doctor(every)] if doctor else [],
            **arguments,
        )  # fmt: skip
        trainer.fit(module, rows(type(module)), validate)
    return trainer


class Own(Tuples):
    """A module whose rate, loss and network a test chooses."""

    def __init__(self, lr: float = 0.01, scale: float = 1.0, net: nn.Module | None = None) -> None:
        super().__init__()
        self.rate, self.scale = lr, scale
        self.net = self.net if net is None else net

    def loss(self, batch: Any) -> Any:
        return super().loss(batch) * self.scale

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.rate)


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_a_healthy_training_hears_nothing_and_keeps_every_bit(
    model: str, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    states = []
    for number, doctor in enumerate(("false", "true")):
        cfg = job(f"model={model}", "model.dropout=0.2", f"doctor={doctor}", *QUICK, run=f"{number}")
        monitored = run_training(cfg)
        states.append((monitored, state_of(Path(cfg.paths.output_dir))))
    assert equal(*states)
    assert said(capsys) == []


@pytest.mark.parametrize("kind", [Tuples, Dictionaries, Manual, Closures, Schedules, Skips])
@pytest.mark.parametrize("accumulate", [1, 3])
def test_it_watches_anybodys_module_without_a_trace(kind: type, accumulate: int, capsys: Any) -> None:
    arguments = {} if kind is Manual else {"accumulate_grad_batches": accumulate}
    weights = []
    for doctor in (False, True):
        torch.manual_seed(3)
        module = kind()
        fit(module, validate=rows(kind), doctor=doctor, **arguments)
        assert not any(layer._forward_pre_hooks for layer in module.modules())
        weights.append(module.state_dict())
    assert equal(*weights)
    assert said(capsys) == []


FAULTS: dict[str, tuple[Callable[[], Any], str]] = {
    "explodes": (lambda: Own(scale=1e7, lr=1e-12), "DL952"),
    "too small": (lambda: Own(lr=1e-9), "DL955"),
    "zero": (lambda: Own(lr=0.0), "DL957"),
    "large": (lambda: Own(lr=1e4), "DL956"),
    "nan": (lambda: Own(scale=float("nan")), "DL951"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_once_an_epoch(fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    make, code = FAULTS[fault]
    torch.manual_seed(0)
    fit(make(), epochs=2)
    codes = said(capsys)
    assert 1 <= codes.count(code) <= 2


def test_a_rising_loss_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    class Ascends(Own):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            loss = self.loss(batch)
            return {"loss": loss + 2 * (loss.detach() - loss)}  # its value, with its gradient turned round

    fit(Ascends(lr=0.1))
    assert "DL953" in said(capsys)


def test_dead_units_are_said_with_their_layer(capsys: pytest.CaptureFixture[str]) -> None:
    first = nn.Linear(4, 10)
    with torch.no_grad():
        first.bias.fill_(1)
        first.bias[:6] = -100
    fit(Own(net=nn.Sequential(first, nn.ReLU(), nn.Linear(10, 3))), every=1)
    out = capsys.readouterr().out
    assert "DL954: units of a layer are dead: 60% of net.0 (epoch 1" in out


def test_channels_of_a_flattened_image_are_units(capsys: pytest.CaptureFixture[str]) -> None:
    net = nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 10, 1), nn.ReLU(), nn.Flatten(), nn.Linear(40, 3))
    with torch.no_grad():
        net[1].bias.fill_(1)  # type: ignore[operator, union-attr]
        net[1].bias[:6] = -100  # type: ignore[index, operator]
    fit(Own(net=net), every=1)
    assert "60% of net.1 (epoch 1" in capsys.readouterr().out


def test_overfitting_is_said_when_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    class Drifts(Own):
        """Its validation loss is the best in the second epoch."""

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_loss", abs(self.current_epoch - 1) + 1.0)

    fit(Drifts(), epochs=5, validate=rows(Tuples))
    assert said(capsys) == ["DL958", "DL958"]  # in the fourth and in the fifth


def test_a_divergence_is_said_with_the_last_look(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = job("model=mlp", "doctor=true", *QUICK, "scheduler=none", "optimizer=sgd", "optimizer.lr=1e12",
              "trainer.gradient_clip_val=null")  # fmt: skip
    with pytest.raises(Diverged):
        run_training(cfg)
    out = capsys.readouterr().out
    assert "doctor DL951" in out
    assert "try optimizer.lr=1e+11" in out


def test_a_resumed_run_remembers_its_start(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = job("model=mlp", "doctor=true", *QUICK, "scheduler=none", "trainer.max_epochs=1")
    run_training(cfg)
    loaded: list[dict[str, Any]] = []
    monkeypatch.setattr(Doctor, "load_state_dict", lambda self, state: loaded.append(state))
    cfg.resume, cfg.trainer.max_epochs = str(cfg.paths.output_dir), 2
    run_training(cfg)
    assert loaded[0]["start"] > 0.5
    assert len(loaded[0]["val"]) == 1
    cfg.doctor = False  # what one run said, another need not
    cfg.trainer.max_epochs = 3
    run_training(cfg)


def test_its_state_is_whole() -> None:
    one, other = Doctor(), Doctor()
    one._start, one._norms, one._train, one._val, one._highest = 2.3, [1.0], [0.5], [0.6], 0.1
    other.load_state_dict(one.state_dict())
    assert other.state_dict() == one.state_dict()

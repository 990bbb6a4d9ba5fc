"""The average: what it is step by step, when it is in the network, and what a checkpoint holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Callback, Trainer
from omegaconf import DictConfig

from digitlab.callbacks.weight_averaging import TRAINED, WeightAveraging
from digitlab.checkpoints.reading import read_checkpoint
from support.running import prepare, run_training

Job = Callable[..., DictConfig]
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=none",
    "data.batch_size=100", "callbacks.progress=null", "trainer.precision=32-true", "averaging=ema",
)  # fmt: skip


class Witness(Callback):
    """Notes a weight after each step, and while validation is under way."""

    def __init__(self) -> None:
        self.after_steps: list[torch.Tensor] = []
        self.validated: list[torch.Tensor] = []

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *args: Any) -> None:
        self.after_steps.append(pl_module.state_dict()[self.name(pl_module)].clone())

    def on_validation_batch_start(self, trainer: Trainer, pl_module: Any, *args: Any) -> None:
        self.validated.append(pl_module.state_dict()[self.name(pl_module)].clone())

    @staticmethod
    def name(pl_module: Any) -> str:
        return [name for name in pl_module.state_dict() if name.endswith("weight")][-1]


def fit(cfg: DictConfig) -> tuple[Witness, Any]:
    training, witness = prepare("train", cfg), Witness()
    training.trainer.callbacks.append(witness)
    training.trainer.fit(training.module, datamodule=training.datamodule)
    return witness, training.module


def averages(start: torch.Tensor, weights: list[torch.Tensor], decay: float) -> list[torch.Tensor]:
    average, after = start.double(), []
    for step, weight in enumerate(weights, start=1):
        kept = min(decay, (1 + step) / (10 + step))
        average = kept * average + (1 - kept) * weight.double()
        after.append(average)
    return after


@pytest.mark.parametrize("decay", [0.3, 0.999])
def test_it_is_the_formula_and_is_what_is_validated(job: Job, decay: float) -> None:
    cfg = job(*QUICK, f"callbacks.weight_averaging.decay={decay}")
    module = prepare("train", cfg).module
    start = module.state_dict()[Witness.name(module)].clone()
    witness, module = fit(cfg)
    expected = averages(start, witness.after_steps, decay)
    assert len(witness.validated) == 2
    torch.testing.assert_close(witness.validated[0].double(), expected[len(expected) // 2 - 1], atol=1e-6, rtol=0)
    torch.testing.assert_close(witness.validated[1].double(), expected[-1], atol=1e-6, rtol=0)
    torch.testing.assert_close(module.state_dict()[Witness.name(module)].double(), expected[-1], atol=1e-6, rtol=0)


def test_training_goes_on_as_without_it(job: Job) -> None:
    averaged, _ = fit(job(*QUICK))
    plain, _ = fit(job(*QUICK, "averaging=none", run="plain"))
    assert all(map(torch.equal, averaged.after_steps, plain.after_steps))


def test_checkpoints_hold_the_average_and_the_weights(job: Job) -> None:
    cfg = job(*QUICK)
    run_training(cfg)
    plain = job(*QUICK, "averaging=none", run="plain")
    run_training(plain)
    last = read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "last.ckpt")
    without = read_checkpoint(Path(plain.paths.output_dir) / "checkpoints" / "last.ckpt")["state_dict"]
    assert all(torch.equal(last[TRAINED][name], without[name]) for name in without)
    assert not all(torch.equal(last["state_dict"][name], without[name]) for name in without)


def test_gathered_gradients_are_one_step() -> None:
    callback, module = WeightAveraging(decay=0.5), torch.nn.Linear(1, 1)
    trainer: Any = type("Steps", (), {"global_step": 0})()
    callback.on_fit_start(trainer, module)  # type: ignore[arg-type]
    callback.on_train_start(trainer, module)  # type: ignore[arg-type]
    before = callback._average["weight"].clone()
    with torch.no_grad():
        module.weight += 1
    callback.on_train_batch_end(trainer, module, None, None, 0)  # type: ignore[arg-type]
    assert torch.equal(callback._average["weight"], before)
    trainer.global_step = 1
    callback.on_train_batch_end(trainer, module, None, None, 1)  # type: ignore[arg-type]
    assert not torch.equal(callback._average["weight"], before)

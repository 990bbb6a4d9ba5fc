"""`find_lr=true`: the rate is found, recorded, and nothing else is changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig, OmegaConf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from digitlab.checkpoints.reading import read_checkpoint
from digitlab.errors import UserError
from digitlab.tasks import find_rate, train
from support.foreign_modules import Tuples
from support.running import plain, prepare, run_training
from support.states import equal, state_of

Job = Callable[..., DictConfig]
QUICK = ("model=mlp", "trainer.accelerator=cpu", "trainer.max_epochs=2", "data.batch_size=50",
         "trainer.precision=32-true", "memory_format=contiguous", "callbacks.progress=null")  # fmt: skip


def recorded(cfg: DictConfig) -> Any:
    return OmegaConf.load(Path(cfg.paths.output_dir) / "config.yaml")


def test_the_rate_is_found_recorded_and_drawn(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = job(*QUICK, "find_lr=true", "optimizer.lr=1e-6", "scheduler.pct_start=0.01")
    run_training(cfg)
    run = Path(cfg.paths.output_dir)
    found = recorded(cfg)
    assert found.find_lr is False
    assert 1e-4 < found.optimizer.lr < 1
    curve = json.loads((run / "lr_finder.json").read_text())
    assert (curve["before"], curve["after"]) == (1e-6, found.optimizer.lr)
    assert len(curve["lr"]) == len(curve["loss"]) > 50
    with Image.open(run / "lr_finder.png") as picture:
        assert picture.size > (300, 200)
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    assert "lr_finder" in events.Tags()["images"]
    assert f"find_lr: optimizer.lr={found.optimizer.lr:g}, it was 1e-06" in capsys.readouterr().out
    content = read_checkpoint(run / "checkpoints" / "last.ckpt")
    assert content["hyper_parameters"]["optimizer"]["lr"] == found.optimizer.lr
    assert content["optimizer_states"][0]["param_groups"][0]["max_lr"] == found.optimizer.lr  # the schedule's peak


def test_the_training_is_that_of_the_rate_typed_by_hand(job: Job) -> None:
    searched = job(*QUICK, "find_lr=true", "logger=csv", run="searched")
    run_training(searched)
    rate = recorded(searched).optimizer.lr
    typed = job(*QUICK, f"optimizer.lr={rate}", "logger=csv", run="typed")
    run_training(typed)
    assert equal(state_of(Path(searched.paths.output_dir)), state_of(Path(typed.paths.output_dir)))
    once_more = job(*QUICK, "find_lr=true", "logger=csv", run="once-more")
    run_training(once_more)
    assert recorded(once_more).optimizer.lr == rate


def test_searching_moves_nothing(job: Job) -> None:
    training = train.prepare(plain(job(*QUICK, "find_lr=true")))
    weights = {name: value.clone() for name, value in training.module.state_dict().items()}
    loader_state = training.datamodule.state_dict()
    before = torch.get_rng_state()
    first = find_rate.find_rate(training.settings, training.module, training.datamodule)
    assert torch.equal(before, torch.get_rng_state())
    assert equal(weights, training.module.state_dict())
    assert training.datamodule.state_dict() == loader_state
    assert find_rate.find_rate(training.settings, training.module, training.datamodule) == first


def test_a_resumed_run_does_not_search_anew(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = job(*QUICK, "find_lr=true", "scheduler=none", "logger=csv")
    run_training(cfg)
    run = Path(cfg.paths.output_dir)
    settings: Any = OmegaConf.to_container(recorded(cfg))
    settings["resume"], settings["trainer"]["max_epochs"] = str(run), 3
    monkeypatch.setattr(train, "find_rate", None)  # to be called would raise
    train.run(train.prepare(settings))
    assert recorded(cfg).optimizer.lr == settings["optimizer"]["lr"]


def test_a_loss_that_never_falls_leaves_the_rate(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    range_test = find_rate.range_test
    monkeypatch.setattr(find_rate, "range_test", lambda *args, **keys: range_test(*args, **keys, highest=1.1e-7))
    cfg = job(*QUICK, "find_lr=true", "logger=csv")
    run_training(cfg)
    assert recorded(cfg).optimizer.lr == cfg.optimizer.lr
    assert "optimizer.lr stays 0.003" in capsys.readouterr().out


class WithRate(Tuples):
    def __init__(self, learning_rate: float = 1e-6) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))

    def loss(self, batch: Any) -> Any:
        return super().loss((batch[0].float() / 255, batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=self.hparams["learning_rate"])


class WithoutRate(WithRate):
    def __init__(self) -> None:
        super().__init__(0.1)


def test_a_module_of_ones_own_is_told_its_rate(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", "tests.,tasks.,support.")
    cfg = job(*QUICK, "find_lr=true", "logger=csv", "monitor=train/loss", "callbacks=no_validation", "scheduler=none",
              "test=false")  # fmt: skip
    cfg.model = {"_target_": f"{WithRate.__module__}.WithRate"}
    run_training(cfg)
    rate = recorded(cfg).model.learning_rate
    assert 1e-4 < rate < 1
    content = read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "last.ckpt")
    assert content["optimizer_states"][0]["param_groups"][0]["lr"] == rate
    assert content["hyper_parameters"]["learning_rate"] == rate


def test_a_rate_that_could_not_be_set_is_refused_before_anything_is_made(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", "tests.,tasks.,support.")
    cfg = job(*QUICK, "find_lr=true", "monitor=train/loss", "callbacks=no_validation", "scheduler=none")
    cfg.model = {"_target_": f"{WithoutRate.__module__}.WithoutRate"}
    with pytest.raises(UserError, match=r"WithoutRate must take its rate as an argument `lr` or `learning_rate`"):
        prepare("train", cfg)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(UserError, match="find_lr=true searches in one process"):
        prepare("train", job(*QUICK, "find_lr=true"))

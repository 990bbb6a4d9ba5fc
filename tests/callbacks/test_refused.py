"""Callbacks of Lightning: refused where they would run to no avail, and the finder of the rate, which works."""

from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

from digitlab.checkpoints.reading import read_checkpoint
from digitlab.errors import UserError
from support.running import prepare, run_training

Job = Callable[..., DictConfig]
LIGHTNING = "lightning.pytorch.callbacks"
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=csv",
    "data.batch_size=50", "trainer.precision=32-true", "memory_format=contiguous", "callbacks.progress=null",
)  # fmt: skip


@pytest.mark.parametrize(
    ("callback", "remedy"),
    [("StochasticWeightAveraging, swa_lrs: 0.01", "averaging=swa"), ("BatchSizeFinder", r"data\.batch_size")],
)
def test_a_callback_that_would_be_of_no_avail_is_refused(callback: str, remedy: str, job: Job) -> None:
    cfg = job(*QUICK, f"+callbacks.own={{_target_: {LIGHTNING}.{callback}}}")
    with pytest.raises(UserError, match=f"callbacks: {callback.partition(',')[0]} .*use |.*{remedy}"):
        prepare("train", cfg)


@pytest.mark.parametrize("scheduler", ["none", "onecycle"])
def test_the_rate_that_is_found_is_the_rate_that_is_used(
    scheduler: str, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    finder = f"+callbacks.own={{_target_: {LIGHTNING}.LearningRateFinder, num_training_steps: 20}}"
    cfg = job(*QUICK, finder, f"scheduler={scheduler}")
    run_training(cfg)
    last = read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "last.ckpt")
    found = last["hyper_parameters"]["optimizer"]["lr"]
    assert found != cfg.optimizer.lr
    assert f"LearningRateFinder set optimizer.lr={found:.3g}, it was {cfg.optimizer.lr:g}" in capsys.readouterr().out
    group = last["optimizer_states"][0]["param_groups"][0]
    assert (group["max_lr"] if scheduler == "onecycle" else group["lr"]) == pytest.approx(found)
    assert last["global_step"] == 22
    assert [path.name for path in Path(cfg.paths.output_dir).glob("*lr_find*")] == []

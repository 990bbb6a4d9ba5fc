"""Callbacks of Lightning: refused where they would run to no avail, and the finder of the rate, which works."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lightning.pytorch import callbacks
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


REFUSAL = {  # of each callback that is refused: its arguments, and what is to be typed instead
    "StochasticWeightAveraging": (", swa_lrs: 0.01", "averaging=swa"),
    "BatchSizeFinder": ("", r"data\.batch_size"),
    "ModelPruning": (", pruning_fn: l1_unstructured", r"torch\.nn\.utils\.prune"),
    "BackboneFinetuning": ("", "finetuning=staged"),
    "BasePredictionWriter": ("", "load_model"),
    "ThroughputMonitor": (", batch_size_fn: null", r"trainer\.profiler"),
}
OBEYED = {  # those that run, with their arguments
    "DeviceStatsMonitor": "", "EarlyStopping": ", monitor: train/loss", "LambdaCallback": "", "LearningRateMonitor": "",
    "ModelCheckpoint": "", "ModelSummary": "", "OnExceptionCheckpoint": ", dirpath: ${paths.output_dir}",
    "RichModelSummary": "", "SpikeDetection": "", "Timer": ", duration: {hours: 1}", "EMAWeightAveraging": "",
    "WeightAveraging": "", "LearningRateFinder": ", num_training_steps: 20",
}  # fmt: skip
ELSEWHERE = {  # and why they are in neither table
    "BaseFinetuning": "abstract",
    "Callback": "abstract",
    "Checkpoint": "abstract",
    "ProgressBar": "abstract",
    "GradientAccumulationScheduler": "its keys are whole numbers, which config.yaml refuses first",
    "RichProgressBar": "refused by Lightning in a line, beside trainer.enable_progress_bar=false",
    "TQDMProgressBar": "likewise",
}


def test_every_callback_of_lightning_is_in_a_table() -> None:
    assert {*REFUSAL} | {*OBEYED} | {*ELSEWHERE} == {*callbacks.__all__}


@pytest.mark.filterwarnings("ignore")  # they come from Lightning
@pytest.mark.parametrize("name", OBEYED)
def test_a_callback_that_is_obeyed_runs(name: str, job: Job) -> None:
    if name == "DeviceStatsMonitor":
        pytest.importorskip("psutil")
    own = f"+callbacks.own={{_target_: {LIGHTNING}.{name}{OBEYED[name]}}}"
    run_training(job(*QUICK, own))


@pytest.mark.parametrize(("callback", "remedy"), [(name + given, words) for name, (given, words) in REFUSAL.items()])
def test_a_callback_that_would_be_of_no_avail_is_refused(callback: str, remedy: str, job: Job) -> None:
    cfg = job(*QUICK, f"+callbacks.own={{_target_: {LIGHTNING}.{callback}}}")
    with pytest.raises(UserError, match=f"callbacks: {callback.partition(',')[0]} .*{remedy}"):
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

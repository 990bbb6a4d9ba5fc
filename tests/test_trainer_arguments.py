"""Every argument of Lightning's Trainer: obeyed, or refused in a line that says why."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning import Trainer
from omegaconf import DictConfig, open_dict

from digitlab.cli.prepare import prepare
from digitlab.errors import UserError
from digitlab.runs.directories import read_result
from digitlab.tasks import train
from support.running import plain

Job = Callable[..., DictConfig]
QUICK = (
    "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.max_epochs=1", "logger=csv",
    "data.batch_size=100", "callbacks.progress=null", "callbacks.model_summary=null", "trainer.precision=32-true",
    "memory_format=contiguous", "test=false",
)  # fmt: skip
Seen = Callable[[Trainer, dict[str, Any]], bool]


def steps(count: int) -> Seen:
    return lambda trainer, result: result["steps"] == count


def attribute(name: str, value: Any) -> Seen:
    return lambda trainer, result: getattr(trainer, name) == value


OBEYED: list[tuple[str, Any, Seen]] = [  # argument, value, how it shows; an epoch has 6 batches
    ("accelerator", "cpu", lambda trainer, result: trainer.strategy.root_device.type == "cpu"),
    ("devices", 1, attribute("world_size", 1)),
    ("num_nodes", 1, attribute("num_nodes", 1)),
    ("strategy", "auto", attribute("world_size", 1)),
    ("precision", "bf16-mixed", attribute("precision", "bf16-mixed")),
    ("precision", "bf16-true", attribute("precision", "bf16-true")),
    ("precision", "64-true", attribute("precision", "64-true")),
    ("precision", "32", attribute("precision", "32-true")),
    ("precision", 64, attribute("precision", "64-true")),
    ("fast_dev_run", True, steps(1)),
    ("fast_dev_run", 2, steps(2)),
    ("max_epochs", 2, steps(12)),
    ("min_epochs", 1, steps(6)),
    ("max_steps", 4, steps(4)),
    ("min_steps", 3, steps(6)),
    ("max_time", "00:01:00:00", steps(6)),
    ("max_time", {"minutes": 5}, steps(6)),
    ("limit_train_batches", 3, steps(3)),
    ("limit_train_batches", 0.5, steps(3)),
    ("limit_val_batches", 1, attribute("num_val_batches", [1])),
    ("limit_test_batches", 1, steps(6)),
    ("val_check_interval", 0.5, attribute("val_check_batch", 3)),
    ("val_check_interval", 2, attribute("val_check_batch", 2)),
    ("check_val_every_n_epoch", 1, steps(6)),
    ("num_sanity_val_steps", 1, steps(6)),
    ("num_sanity_val_steps", -1, steps(6)),
    ("log_every_n_steps", 1, attribute("log_every_n_steps", 1)),
    ("enable_progress_bar", False, lambda trainer, result: trainer.progress_bar_callback is None),
    ("enable_model_summary", False, steps(6)),
    ("enable_checkpointing", True, lambda trainer, result: len(trainer.checkpoint_callbacks) == 2),
    ("accumulate_grad_batches", 2, steps(3)),
    ("gradient_clip_val", 0.5, attribute("gradient_clip_val", 0.5)),
    ("gradient_clip_algorithm", "value", attribute("gradient_clip_algorithm", "value")),
    ("deterministic", True, steps(6)),
    ("benchmark", True, steps(6)),
    ("inference_mode", False, steps(6)),
    ("profiler", "simple", lambda trainer, result: type(trainer.profiler).__name__ == "SimpleProfiler"),
    ("detect_anomaly", True, steps(6)),
    ("sync_batchnorm", True, steps(6)),
    ("reload_dataloaders_every_n_epochs", 1, steps(6)),
    ("enable_autolog_hparams", False, steps(6)),
    ("overfit_batches", 0.0, steps(6)),
]
REFUSED: list[tuple[str, Any, str]] = [
    ("logger", False, r"trainer\.logger must be left out: loggers are chosen with logger="),
    ("callbacks", [], r"trainer\.callbacks must be left out: callbacks are added with"),
    ("plugins", [], r"trainer\.plugins must be left out"),
    ("default_root_dir", "elsewhere", r"trainer\.default_root_dir must be left out: paths\.output_root"),
    ("limit_predict_batches", 1, r"trainer\.limit_predict_batches must be left out: no command predicts"),
    ("use_distributed_sampler", False, r"trainer\.use_distributed_sampler must be left out"),
    ("barebones", True, r"trainer: lightning\.Trainer refuses its arguments: .*barebones"),
    ("enable_checkpointing", False, r"trainer: lightning\.Trainer refuses its arguments"),
    ("model_registry", "mine", r"trainer\.model_registry must be left out"),
    ("overfit_batches", 1, r"trainer\.overfit_batches needs data\.shuffle=false"),
    ("accelerator", "tpu", r"trainer\.accelerator must be one of auto, cpu"),
    ("devices", 0, r"trainer\.devices must be"),
    ("devices", -1, r"trainer: "),
    ("devices", [0, 1], r"trainer\.devices must be a number of processes on the CPU"),
    ("strategy", "ddp_spawn", r"trainer\.strategy must be one of auto, ddp"),
    ("strategy", "fsdp", r"trainer: "),
    ("strategy", "deepspeed", r"trainer: "),
    ("precision", "16-mixed", r"trainer\.precision=16-mixed cannot clip gradients with optimizer\.fused"),
    ("precision", "transformer-engine", r"trainer: "),
    ("val_check_interval", 100, r"trainer: .*val_check_interval"),
    ("limit_val_batches", 0, r"val/loss"),
    ("max_time", "soon", r"trainer: "),
    ("profiler", "slow", r"trainer\.profiler must be"),
    ("gradient_clip_algorithm", "half", r"trainer\.gradient_clip_algorithm must be one of norm, value"),
]


def test_every_argument_has_a_line() -> None:
    told = {name for name, *_ in (*OBEYED, *REFUSED)}
    assert set(inspect.signature(Trainer).parameters) == told


def run(job: Job, name: str, value: Any) -> tuple[Trainer, dict[str, Any]]:
    cfg = job(*QUICK)
    with open_dict(cfg):
        cfg.trainer[name] = value
        if name == "max_steps":
            cfg.trainer.max_epochs = -1
    training = prepare("train", plain(cfg))
    train.run(training)
    result = read_result(Path(cfg.paths.output_dir))
    assert result is not None
    assert result["status"] == "ok"
    return training.trainer, result


@pytest.mark.parametrize(("name", "value", "shows"), OBEYED, ids=[f"{name}={value}" for name, value, _ in OBEYED])
def test_it_is_obeyed(name: str, value: Any, shows: Seen, job: Job) -> None:
    assert shows(*run(job, name, value))


@pytest.mark.parametrize(("name", "value", "said"), REFUSED, ids=[f"{name}={value}" for name, value, _ in REFUSED])
def test_it_is_refused_in_a_line(name: str, value: Any, said: str, job: Job) -> None:
    with pytest.raises(UserError) as refusal:
        run(job, name, value)
    assert re.search(said, str(refusal.value)), refusal.value
    assert "\n" not in str(refusal.value)

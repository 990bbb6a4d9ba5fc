"""Training, testing and evaluating: the promises of a run directory."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig, OmegaConf

from digitlab.callbacks.best_checkpoint import BestCheckpoint
from digitlab.checkpoints.reading import read_checkpoint, restore_module
from digitlab.errors import UserError
from digitlab.tasks import train
from support.running import plain, prepare, result_of, run_evaluation, run_training
from support.states import weights_of

QUICK = ("trainer.accelerator=cpu", "trainer.max_epochs=3", "logger=csv", "data.batch_size=50")
Job = Callable[..., DictConfig]


@pytest.mark.parametrize("model", ["mlp", "cnn", "digit_classifier"])
def test_a_run_is_complete_and_eval_repeats_it_exactly(
    job: Job, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cfg = job(f"model={model}", *QUICK)
    monitored = run_training(cfg)
    run, result = Path(cfg.paths.output_dir), result_of(cfg)
    assert result["status"] == "ok"
    assert (result["command"], result["dataset"], result["seed"], result["epochs"]) == ("train", "mnist", 42, 3)
    assert result["steps"] == 33  # 550 images, 50 a step
    assert monitored == result["val/loss"]
    assert result["checkpoint"] == "checkpoints/best.ckpt"
    assert read_checkpoint(run / "checkpoints" / "last.ckpt")["epoch"] == 2
    assert OmegaConf.load(run / "config.yaml").model.num_classes == 10
    environment = json.loads((run / "environment.json").read_text())
    assert environment["device"] == "cpu"
    assert environment["device_reason"] == "trainer.accelerator=cpu"
    assert environment["packages"]["lightning"].startswith("2.")
    with (run / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    best = min(rows, key=lambda row: float(row["val/loss"]))
    assert int(best["epoch"]) == result["best_epoch"]
    assert float(best["val/acc"]) == pytest.approx(result["val/acc"])

    evaluation = job(f"checkpoint={run}", "trainer.accelerator=cpu", name="eval", run="evaluation")
    assert run_evaluation(evaluation) == result["test/acc"]
    assert result_of(evaluation)["test/loss"] == result["test/loss"]


def test_best_weights_are_the_ones_tested(job: Job) -> None:
    """Call the highest validation loss the best: that is an early epoch, and the test must be of its weights."""
    cfg = job("model=mlp", *QUICK, "scheduler=none")
    training = train.prepare(plain(cfg))
    (best,) = [callback for callback in training.trainer.callbacks if isinstance(callback, BestCheckpoint)]
    best.mode = "max"
    train.run(training)
    result = result_of(cfg)
    assert result["best_epoch"] < result["epochs"]
    losses = {}
    for name in ("best", "last"):
        evaluation = job(f"checkpoint={cfg.paths.output_dir}/checkpoints/{name}.ckpt", name="eval", run=name)
        run_evaluation(evaluation)
        losses[name] = result_of(evaluation)["test/loss"]
    assert losses["best"] != losses["last"]
    assert result["test/loss"] == losses["best"]


def test_one_seed_one_result_and_zero_is_a_seed(job: Job) -> None:
    weights = {}
    for run, seed in (("a", 0), ("b", 0), ("c", 1), ("d", 1)):
        cfg = job("model=cnn", f"seed={seed}", "debug=limit", "logger=none", run=run)
        torch.manual_seed(hash(run) % 1000)
        run_training(cfg)
        weights[run] = weights_of(cfg.paths.output_dir)
    assert all(torch.equal(weights["a"][name], weights["b"][name]) for name in weights["a"])
    assert all(torch.equal(weights["c"][name], weights["d"][name]) for name in weights["c"])
    assert not torch.equal(weights["a"]["net.head.2.weight"], weights["c"]["net.head.2.weight"])


def test_gradients_are_clipped_to_the_norm(job: Job) -> None:
    """With SGD, no momentum and rate 1, a step is the clipped gradient."""
    steps = {}
    for clip in ("0.001", "null"):
        cfg = job("model=mlp", "optimizer=sgd", "optimizer.lr=1", "optimizer.momentum=0", "scheduler=none",
                  f"trainer.gradient_clip_val={clip}", "trainer.limit_train_batches=1", "trainer.max_epochs=1",
                  "logger=none", "seed=3", run=clip)  # fmt: skip
        torch.manual_seed(0)
        run_training(cfg)
        import lightning

        from digitlab.build import build_module

        lightning.seed_everything(3, verbose=False)
        start = dict(build_module(plain(cfg)).named_parameters())
        moved = [weights_of(cfg.paths.output_dir)[name] - value.detach() for name, value in start.items()]
        steps[clip] = torch.cat([step.flatten() for step in moved]).norm().item()
    assert steps["0.001"] == pytest.approx(0.001, rel=0.01)
    assert steps["null"] > 0.1


@pytest.mark.parametrize("scheduler", ["plateau", "cosine", "onecycle", "step", "none"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
def test_every_optimizer_with_every_schedule(job: Job, optimizer: str, scheduler: str) -> None:
    lr = "0.01" if optimizer == "sgd" else "0.001"
    cfg = job(
        "model=mlp",
        f"optimizer={optimizer}",
        f"optimizer.lr={lr}",
        f"scheduler={scheduler}",
        *QUICK,
        "trainer.log_every_n_steps=1",
    )
    run_training(cfg)
    result = result_of(cfg)
    assert result["test/acc"] > 0.3
    with (Path(cfg.paths.output_dir) / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    rates = [float(row[next(name for name in row if name.startswith("lr"))]) for row in rows]
    if scheduler in ("cosine", "onecycle"):
        assert rates[-1] < 0.2 * float(lr)
    else:  # too few epochs for a step or a plateau
        assert rates == pytest.approx([float(lr)] * 3)


def test_without_validation_the_last_weights_are_kept(job: Job) -> None:
    cfg = job("experiment=lesson_digit_classifier", "trainer.max_epochs=1", "trainer.limit_train_batches=3")
    run_training(cfg)
    result = result_of(cfg)
    assert result["checkpoint"] == "checkpoints/last.ckpt"
    assert result["parameters"] == 620_234
    assert "val/loss" not in result
    assert "test/acc" in result


@pytest.mark.parametrize("model", ["cnn", "digit_classifier"])
def test_compiled_training_is_the_same_and_its_checkpoint_clean(
    job: Job, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[torch.nn.Module] = []
    compile_in_place = torch.nn.Module.compile

    def traced(net: torch.nn.Module) -> None:
        compiled.append(net)
        compile_in_place(net, backend="aot_eager", fullgraph=True)  # all but the half minute of generating code

    monkeypatch.setattr(torch.nn.Module, "compile", traced)
    quick = (
        f"model={model}",
        *QUICK,
        "trainer.max_epochs=1",
        "trainer.precision=32-true",
        "memory_format=channels_last",
    )
    plain = job(*quick, run="plain")
    run_training(plain)
    assert not compiled
    cfg = job(*quick, "compile=true", run="compiled")
    run_training(cfg)
    assert len(compiled) == 1
    ours, theirs = weights_of(cfg.paths.output_dir), weights_of(plain.paths.output_dir)
    assert ours.keys() == theirs.keys()
    for name, weights in ours.items():
        torch.testing.assert_close(weights, theirs[name], rtol=1e-3, atol=1e-3)
    evaluation = job(f"checkpoint={cfg.paths.output_dir}", "trainer.accelerator=cpu", name="eval", run="evaluation")
    run_evaluation(evaluation)
    assert result_of(evaluation)["test/acc"] == pytest.approx(result_of(cfg)["test/acc"])


def test_early_stopping_stops(job: Job) -> None:
    cfg = job("model=mlp", *QUICK, "trainer.max_epochs=50", "callbacks.early_stopping.patience=1",
              "callbacks.early_stopping.min_delta=100", "scheduler=none")  # fmt: skip
    run_training(cfg)
    assert result_of(cfg)["epochs"] == 2


@pytest.mark.parametrize("debug", ["fdr", "limit", "overfit", "profiler"])
def test_debug_modes_run(job: Job, debug: str) -> None:
    cfg = job("model=mlp", f"debug={debug}", "trainer.accelerator=cpu")
    run_training(cfg)
    result, run = result_of(cfg), Path(cfg.paths.output_dir)
    assert result["status"] == "ok"
    assert (run / "checkpoints").exists() == (debug != "fdr")
    assert (run / "fit-profile.txt").exists() == (debug == "profiler")
    if debug == "overfit":
        assert result["train/loss"] < 0.05


def test_eval_on_other_data_and_refusal_of_other_classes(job: Job) -> None:
    cfg = job("model=mlp", "debug=limit", "logger=none")
    run_training(cfg)
    other = job(f"checkpoint={cfg.paths.output_dir}", "data=digits", name="eval", run="other")
    run_evaluation(other)
    assert result_of(other)["dataset"] == "digits"
    emnist = job("checkpoint=latest", "data=emnist", name="eval", run="emnist")
    from digitlab.errors import UserError

    with pytest.raises(UserError, match=r"knows 10 classes \(mnist\), and data\.dataset=emnist has 47"):
        prepare("eval", emnist)


def test_a_checkpoint_holds_no_machine_path(job: Job, tmp_path: Path) -> None:
    cfg = job("model=mlp", "debug=limit", "logger=none")
    run_training(cfg)
    path = Path(cfg.paths.output_dir) / "checkpoints" / "best.ckpt"
    content = read_checkpoint(path)
    assert str(tmp_path) not in json.dumps(content["hyper_parameters"])
    assert set(content["metrics"]) == {"train/loss", "train/acc", "val/loss", "val/acc"}
    assert restore_module(content, path).hparams["model"]["num_classes"] == 10


@pytest.mark.slow
@pytest.mark.parametrize(("model", "floor"), [("mlp", 0.96), ("cnn", 0.97), ("digit_classifier", 0.97)])
def test_one_epoch_of_real_mnist(job: Job, real_mnist: Path, model: str, floor: float) -> None:
    cfg = job(f"model={model}", "trainer.max_epochs=1", f"paths.data_dir={real_mnist}", "logger=none")
    run_training(cfg)
    assert result_of(cfg)["test/acc"] >= floor


@pytest.mark.slow
def test_lesson_mlp_keeps_its_promise(job: Job, real_mnist: Path) -> None:
    cfg = job("experiment=lesson_mlp", f"paths.data_dir={real_mnist}", "logger=none")
    run_training(cfg)
    assert result_of(cfg)["test/acc"] >= 0.975


@pytest.mark.parametrize("scheduler", ["step", "plateau", "none"])
def test_a_schedule_that_needs_no_end_needs_none(job: Job, scheduler: str) -> None:
    ended = "+callbacks.timer={_target_: lightning.pytorch.callbacks.Timer, duration: {seconds: 1}}"
    cfg = job("model=mlp", "model.hidden_sizes=[8]", f"scheduler={scheduler}", "trainer.max_epochs=-1", ended,
              "trainer.accelerator=cpu", "trainer.precision=32-true")  # fmt: skip
    run_training(cfg)
    assert result_of(cfg)["status"] == "ok"


def test_an_evaluation_of_nothing_is_a_line(job: Job) -> None:
    cfg = job("model=mlp", *QUICK)
    run_training(cfg)
    nothing = job(f"checkpoint={cfg.paths.output_dir}", "trainer.limit_test_batches=0", name="eval", run="nothing")
    with pytest.raises(UserError, match=r"^there is no batch to test on; see trainer\.limit_test_batches"):
        run_evaluation(nothing)

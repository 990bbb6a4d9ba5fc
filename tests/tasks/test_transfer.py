"""Transfer learning: what is frozen stays to the bit, the head is new, and a run resumes across the unfreezing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Callback, LightningModule, Trainer
from omegaconf import DictConfig
from torch import Tensor

from digitlab.checkpoints.reading import read_checkpoint, restore_datamodule, restore_module
from digitlab.datamodule import DigitDataModule
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT
from digitlab.tasks import train
from support.running import plain, prepare, run_evaluation, run_training
from support.states import equal, state_of

Job = Callable[..., DictConfig]
QUICK = (
    "trainer.accelerator=cpu", "trainer.max_epochs=2", "logger=csv", "trainer.precision=32-true",
    "memory_format=contiguous", "callbacks.progress=null",
)  # fmt: skip
SMALL = {
    "cnn": ("model=cnn", "model.channels=[4,4,4]", "model.hidden_size=8"),
    "mlp": ("model=mlp", "model.hidden_sizes=[8]"),
    "digit_classifier": ("model=digit_classifier", "model.channels=[2,2,4]", "model.hidden_size=8"),
    "staged_cnn": ("model=staged_cnn", "model.channels=[4,4]", "model.depths=[1,1]"),
}
HEADS = {"cnn": "head.5", "mlp": "layers.5", "digit_classifier": "head.4", "staged_cnn": "head.2"}
LOW, HIGH = "data.classes=[0,1,2,3,4]", "data.classes=[5,6,7,8,9]"


def weights(directory: str | Path, name: str = "last") -> dict[str, Tensor]:
    return read_checkpoint(Path(directory) / "checkpoints" / f"{name}.ckpt")["state_dict"]


@pytest.fixture
def source(job: Job) -> Callable[..., str]:
    """Train a network on the digits 0-4, and return its run directory."""

    def make(*overrides: str) -> str:
        cfg = job(*QUICK, LOW, *overrides, run="source")
        run_training(cfg)
        return str(cfg.paths.output_dir)

    return make


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """Return the names of the weights and statistics that are not the same to the bit."""
    assert before.keys() == after.keys()
    return {name for name, value in before.items() if not torch.equal(value, after[name])}


@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize(
    "more",
    [(), ("optimizer=adamw", "optimizer.weight_decay=0.5"), ("optimizer=sgd", "averaging=ema", "fast_loop=false")],
    ids=["adam", "decay", "averaged"],
)
def test_what_is_frozen_stays_to_the_bit(
    model: str, more: tuple[str, ...], job: Job, source: Callable[..., str]
) -> None:
    trained = source(*SMALL[model])
    cfg = job(*QUICK, *SMALL[model], HIGH, "finetuning=frozen", f"init_from={trained}", *more)
    run_training(cfg)
    before = weights(trained, "best")
    assert any(name.endswith("running_var") for name in before)
    own = {f"net.{HEADS[model]}.weight", f"net.{HEADS[model]}.bias"}
    for name in ("best", "last"):
        assert changed(before, weights(cfg.paths.output_dir, name)) == own


@pytest.mark.parametrize("unfreeze", [0, 1])
def test_what_is_unfrozen_is_trained(unfreeze: int, job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    options = ("finetuning=full", f"callbacks.finetuning.unfreeze_at_epoch={unfreeze}", f"init_from={trained}")
    cfg = job(*QUICK, *SMALL["cnn"], HIGH, *options, "trainer.log_every_n_steps=1")
    run_training(cfg)
    before, after = weights(trained, "best"), weights(cfg.paths.output_dir)
    assert changed(before, after) == before.keys()
    count = next(name for name in before if name.endswith("num_batches_tracked"))
    epoch = -(-int(after[count] - before[count]) // (2 - unfreeze))
    assert int(after[count] - before[count]) == epoch * (2 - unfreeze)  # no batch of the frozen epochs was counted
    rows = (Path(cfg.paths.output_dir) / "metrics.csv").read_text().splitlines()
    assert {"lr/head", "lr/features"} <= set(rows[0].split(","))


def test_the_head_is_new_even_of_as_many_classes(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["mlp"])
    before = weights(trained, "best")
    heads = []
    for seed in (1, 1, 2):
        cfg = job(*QUICK, *SMALL["mlp"], HIGH, "finetuning=frozen", f"init_from={trained}", f"seed={seed}")
        module = train.prepare(plain(cfg)).module
        assert changed(before, module.state_dict()) == {"net.layers.5.weight", "net.layers.5.bias"}
        heads.append(module.state_dict()["net.layers.5.weight"])
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])


def test_without_finetuning_weights_are_taken_as_they_are(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["mlp"])
    module = train.prepare(plain(job(*QUICK, *SMALL["mlp"], HIGH, f"init_from={trained}"))).module
    assert changed(weights(trained, "best"), module.state_dict()) == set()
    assert "finetuning" not in module.hparams
    with pytest.raises(UserError, match=r"layers\.5\.weight is \[5, 8\] in the file and \[10, 8\] in the model"):
        prepare("train", job(*QUICK, *SMALL["mlp"], "data.download=false", f"init_from={trained}", run="other"))


def test_eval_tests_the_classes_of_the_training(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    cfg = job(*QUICK, *SMALL["cnn"], "data.classes=[9,5,7]", "finetuning=frozen", f"init_from={trained}", run="new")
    run_training(cfg)
    result = json.loads((Path(cfg.paths.output_dir) / "result.json").read_text())
    data = read_checkpoint(Path(cfg.paths.output_dir) / "checkpoints" / "best.ckpt")["hyper_parameters"]["data"]
    assert (data["classes"], data["num_classes"], data["labels_per_class"]) == ([9, 5, 7], 3, None)
    tested = job(f"checkpoint={cfg.paths.output_dir}", name="eval", run="tested")
    run_evaluation(tested)
    assert json.loads((Path(tested.paths.output_dir) / "result.json").read_text())["test/acc"] == result["test/acc"]
    with pytest.raises(
        UserError, match=r"knows 3 classes \(mnist\), and .*=mnist has 10; type data\.classes=\[9,5,7\]"
    ):
        prepare("eval", job(f"checkpoint={cfg.paths.output_dir}", "data=mnist", name="eval", run="all"))
    with pytest.raises(UserError, match=r"knows the classes 9, 5, 7, and data\.dataset=mnist has 5, 7, 9; give the fi"):
        prepare(
            "eval",
            job(f"checkpoint={cfg.paths.output_dir}", "data=mnist", "data.classes=[5,7,9]", name="eval", run="o"),
        )


def test_a_checkpoint_of_before_these_settings_loads(job: Job, source: Callable[..., str]) -> None:
    path = Path(source(*SMALL["mlp"])) / "checkpoints" / "best.ckpt"
    content = read_checkpoint(path)
    assert "finetuning" not in content["hyper_parameters"]
    older = {**content, "hyper_parameters": {**content["hyper_parameters"]}}
    older["hyper_parameters"]["data"] = {
        name: value
        for name, value in content["hyper_parameters"]["data"].items()
        if name not in ("classes", "labels_per_class", "labels_seed")
    }
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(restore_module(older, path)(images), restore_module(content, path)(images))
    datamodule = restore_datamodule(older, path.parent)
    assert isinstance(datamodule, DigitDataModule)
    assert (datamodule.classes, datamodule.labels_per_class) == (None, None)


class Watch(Callback):
    """Notes in each batch which parts learn and which are in training mode."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, set[str], set[str]]] = []

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        net: Any = pl_module.net
        learn = {name for name, parameter in net.named_parameters() if parameter.requires_grad}
        self.seen.append(
            (trainer.current_epoch, learn, {name for name, layer in net.named_modules() if layer.training})
        )


def test_own_networks_are_frozen_and_unfrozen(
    job: Job, source: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", "support.")
    own = ("model=mlp", "~model.input_size", "~model.hidden_sizes", "~model.dropout", "~model.activation",
           "~model.norm", "~model.init", "~model.residual",
           "model._target_=support.own_nets.Backwards")  # fmt: skip
    trained = source(*own)
    cfg = job(
        *QUICK, *own, HIGH, "finetuning=staged", "callbacks.finetuning.unfreeze_at_epoch=1", f"init_from={trained}"
    )
    training = train.prepare(plain(cfg))
    watch = Watch()
    training.trainer.callbacks.append(watch)  # type: ignore[attr-defined]
    train.run(training)
    names = {"fc.weight", "fc.bias", "embed.weight", "embed.bias", "norm.bias", "auxiliary.weight", "auxiliary.bias"}
    assert {epoch for epoch, _, _ in watch.seen} == {0, 1}
    for epoch, learn, in_training in watch.seen:
        assert learn == ({"fc.weight", "fc.bias"} if epoch == 0 else names)  # what its author has frozen stays so
        assert in_training == ({"fc"} if epoch == 0 else {"", "fc", "embed", "norm", "auxiliary"})


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("support.own_nets.Convolved", (), r"finetuning: the logits of Convolved are not .*\.head=\.\.\., of embed$"),
        ("support.own_nets.Backwards", ("callbacks.finetuning.head=last",), r"=last must be a layer of .* are fc, "),
        ("support.foreign_modules.Tuples", (), r"finetuning: Tuples is a LightningModule .* finetuning=none"),
    ],
)  # fmt: skip
def test_what_has_no_head_is_refused_in_a_line(
    model: str, options: tuple[str, ...], message: str, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_ALLOWED_TARGETS", "support.")
    cfg = job(*QUICK, "finetuning=frozen", f"init_from={tmp_path}", *options)
    cfg.model = {"_target_": model}
    with pytest.raises(UserError, match=message) as refusal:
        run_training(cfg)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("head", "layers"), [("head.2", ["head.2"]), ("head", ["head.2", "head.5"])])
def test_a_head_may_be_named(head: str, layers: list[str], job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    options = ("finetuning=frozen", f"callbacks.finetuning.head={head}", f"init_from={trained}")
    cfg = job(*QUICK, *SMALL["cnn"], HIGH, *options)
    module = train.prepare(plain(cfg)).module
    own = {f"net.{layer}.{name}" for layer in layers for name in ("weight", "bias")}
    assert changed(weights(trained, "best"), module.state_dict()) == own
    assert module.hparams["finetuning"] == {"head": head, "lr_factor": None}
    run_training(cfg)
    assert changed(weights(trained, "best"), weights(cfg.paths.output_dir)) == own


def test_another_network_is_refused_in_a_line(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["mlp"])
    with pytest.raises(
        UserError, match=r"^init_from=.*: its weights do not fit model=CNN: net\..*; choose the network"
    ):
        run_training(job(*QUICK, *SMALL["cnn"], HIGH, "finetuning=frozen", f"init_from={trained}"))


def test_several_processes_cannot_unfreeze_later(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["mlp"])
    several = ("trainer.devices=2", "trainer.strategy=ddp", "finetuning=staged", "trainer.max_epochs=5")
    with pytest.raises(
        UserError, match=r"^callbacks\.finetuning\.unfreeze_at_epoch=3: 2 processes .* trainer\.devices=1"
    ):
        run_training(job(*QUICK, *SMALL["mlp"], HIGH, *several, f"init_from={trained}"))


STAGED = (
    *SMALL["cnn"], "data.classes=[5,6,7,8,9]", "finetuning=staged", "callbacks.finetuning.unfreeze_at_epoch=2",
    "trainer.max_epochs=4", "data.batch_size=60", "checkpoint_every.steps=1", "callbacks.early_stopping=null",
)  # fmt: skip


@pytest.mark.parametrize("moment", [(1, 2), (2, 1)], ids=["before", "after"])
def test_a_killed_run_resumes_across_the_unfreezing(
    moment: tuple[int, int], job: Job, source: Callable[..., str], tiny_mnist: Path, tmp_path: Path
) -> None:
    trained = source(*SMALL["cnn"])
    whole = job(*QUICK, *STAGED, f"init_from={trained}", run="whole")
    run_training(whole)
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py")]
    places = (f"paths.data_dir={tiny_mnist}", f"paths.output_root={tmp_path / 'killed'}", "name=cut", "verbose=false")
    cut = ("+callbacks.kill._target_=support.harms.KillAt", f"+callbacks.kill.moment=[{moment[0]},{moment[1]}]")
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT_ROOT / "tests"),
        "DIGITLAB_ALLOWED_TARGETS": "support.",
    }
    quick = [word for word in (*QUICK, *STAGED) if not word.startswith("data.download")]
    done = subprocess.run(
        [*command, *quick, *places, *cut, f"init_from={trained}"], env=environment, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    (run,) = (tmp_path / "killed" / "train").iterdir()
    (tmp_path / "train" / "source").rename(tmp_path / "gone")  # the weights that it began with are not needed any more
    done = subprocess.run([*command, f"resume={run}"], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    expected, ended = state_of(Path(whole.paths.output_dir)), state_of(run)
    for part, value in expected.items():
        assert equal(value, ended[part]), part


def test_a_resume_with_another_head_is_refused(job: Job, source: Callable[..., str]) -> None:
    trained = source(*SMALL["cnn"])
    cfg = job(*QUICK, *STAGED, f"init_from={trained}")
    run_training(cfg)
    cfg.resume = cfg.paths.output_dir
    cfg.callbacks.finetuning.lr_factor = 0.5
    with pytest.raises(
        UserError, match=r"^resume=.* is of another run: callbacks\.finetuning was \{.*0\.1\} there, and"
    ):
        run_training(cfg)

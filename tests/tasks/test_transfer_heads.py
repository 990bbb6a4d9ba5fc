"""Which layer is the head, in networks of other people too; and what cannot have one of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning import Callback, LightningModule, Trainer
from omegaconf import DictConfig

from digitlab.errors import UserError
from digitlab.tasks import train
from support.running import plain, run_training
from support.states import weights_of
from support.transfer import HIGH, QUICK, SMALL, changed

Job = Callable[..., DictConfig]


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
    assert changed(weights_of(trained, "best"), module.state_dict()) == own
    assert module.hparams["finetuning"] == {"head": head, "lr_factor": None}
    run_training(cfg)
    assert changed(weights_of(trained, "best"), weights_of(cfg.paths.output_dir)) == own


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

"""The LightningModule: what evaluation must not touch, what training must do, what a checkpoint must carry."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Callback, Trainer
from torch.nn.functional import cross_entropy

from digitlab.data.batch import Batch
from digitlab.datamodule import DigitDataModule
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.paths import PROJECT_ROOT

DATA = {"dataset": "mnist", "num_classes": 10, "mean": 0.1307, "std": 0.3081}
ADAM = {"_target_": "torch.optim.Adam", "lr": 0.001}


def make(model: str = "MLP", scheduler: dict[str, Any] | None = None, **arguments: Any) -> DigitModule:
    torch.manual_seed(0)
    return DigitModule({"_target_": f"digitlab.nets.{model}", **arguments}, DATA, ADAM, scheduler)


def trainer(tmp_path: Path, **options: Any) -> Trainer:
    defaults: dict[str, Any] = {
        "accelerator": "cpu",
        "max_epochs": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
    }
    return Trainer(**{**defaults, **options}, default_root_dir=tmp_path)


@pytest.fixture
def datamodule(tiny_mnist: Path) -> DigitDataModule:
    return DigitDataModule("mnist", tiny_mnist, batch_size=50)


def test_forward_normalises_bytes() -> None:
    module = make().eval()
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(module(images), module.net((images.float().div(255) - 0.1307) / 0.3081))


def test_first_loss_is_ln_10(datamodule: DigitDataModule) -> None:
    datamodule.setup("fit")
    assert datamodule.train_data is not None
    module = make("CNN").eval()
    with torch.no_grad():
        loss = cross_entropy(module(datamodule.train_data.images), datamodule.train_data.labels)
    assert loss.item() == pytest.approx(math.log(10), abs=0.1)


@pytest.mark.parametrize("model", ["MLP", "CNN", "DigitClassifier"])
def test_evaluation_changes_nothing_and_drops_nothing(model: str, tmp_path: Path, datamodule: DigitDataModule) -> None:
    module = make(model)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    random_state = torch.get_rng_state()
    first = trainer(tmp_path).test(module, datamodule, verbose=False)
    second = trainer(tmp_path).test(module, datamodule, verbose=False)
    assert first == second  # dropout would differ
    assert torch.equal(torch.get_rng_state(), random_state)
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(parameter.grad is None for parameter in module.parameters())


def test_validation_runs_in_eval_mode_without_gradients(tmp_path: Path, datamodule: DigitDataModule) -> None:
    class Spy(Callback):
        def __init__(self) -> None:
            self.seen: list[tuple[bool, bool]] = []

        def on_validation_batch_start(self, trainer: Trainer, pl_module: Any, *args: Any) -> None:
            self.seen.append((pl_module.net.training, torch.is_grad_enabled()))

        def on_train_batch_start(self, trainer: Trainer, pl_module: Any, *args: Any) -> None:
            assert pl_module.net.training
            assert torch.is_grad_enabled()

    spy = Spy()
    trainer(tmp_path, max_epochs=2, callbacks=[spy]).fit(make(), datamodule)
    assert spy.seen == [(False, False)] * 2


def test_test_accuracy_is_that_of_a_plain_loop(tmp_path: Path, datamodule: DigitDataModule) -> None:
    module = make()
    (metrics,) = trainer(tmp_path).test(module, datamodule, verbose=False)
    assert datamodule.test_data is not None
    with torch.no_grad():
        logits = module.eval()(datamodule.test_data.images)
    correct = logits.argmax(1) == datamodule.test_data.labels
    assert metrics["test/acc"] == pytest.approx(correct.float().mean().item())
    assert metrics["test/loss"] == pytest.approx(cross_entropy(logits, datamodule.test_data.labels).item(), abs=1e-5)


def test_training_equals_the_plain_loop(tmp_path: Path, datamodule: DigitDataModule) -> None:
    """Zero the gradients, forward, loss, backward, clip, step: Lightning does just that, to the last bit."""
    module, twin = make(dropout=0.0), make(dropout=0.0)
    trainer(tmp_path, gradient_clip_val=1.0, max_epochs=2).fit(module, datamodule)
    optimizer = torch.optim.Adam(twin.parameters(), lr=0.001)
    for epoch in range(2):
        loader = datamodule.train_dataloader()
        loader.epoch = lambda number=epoch: number  # type: ignore[misc]
        for images, labels in loader:
            optimizer.zero_grad()
            loss = cross_entropy(twin(images), labels)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(twin.parameters(), max_norm=1.0)
            optimizer.step()
    for (name, ours), theirs in zip(module.state_dict().items(), twin.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name


def test_each_split_has_its_own_accuracy() -> None:
    module = make()
    assert module.val_metrics["acc"] is not module.test_metrics["acc"]


def test_predict_gives_probabilities() -> None:
    module = make().eval()
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    probabilities = module.predict_step(images, 0)
    assert probabilities.sum(1).tolist() == pytest.approx([1.0] * 4)
    assert torch.equal(probabilities, module.predict_step(Batch(images, torch.zeros(4, dtype=torch.int64)), 0))


@pytest.mark.parametrize("model", ["MLP", "CNN", "DigitClassifier"])
def test_a_fresh_process_restores_the_module_from_the_file_alone(
    model: str, tmp_path: Path, datamodule: DigitDataModule
) -> None:
    module = make(model, {"_target_": "digitlab.schedules.cosine"})
    fitted = trainer(tmp_path, limit_train_batches=2)
    fitted.fit(module, datamodule)
    fitted.save_checkpoint(tmp_path / "model.ckpt")
    images = torch.randint(0, 256, (8, 1, 28, 28), dtype=torch.uint8)
    with torch.no_grad():
        torch.save((images, module.eval()(images)), tmp_path / "expected.pt")
    program = """
import sys, torch
from digitlab.module import DigitModule
torch.set_num_threads(1)
content = torch.load(sys.argv[1], weights_only=True)
images, expected = torch.load(sys.argv[2], weights_only=True)
module = DigitModule.load_from_checkpoint(sys.argv[1]).eval()
with torch.no_grad():
    print(torch.equal(module(images), expected), sorted(content["hyper_parameters"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "model.ckpt"), str(tmp_path / "expected.pt")],
        cwd=PROJECT_ROOT / "src",
        capture_output=True,
        text=True,
        check=True,
    )
    names = ["augment", "data", "label_smoothing", "loss", "metrics", "model", "optimizer", "scheduler"]
    assert done.stdout.strip() == f"True {names}"


def test_a_module_without_optimizer_only_evaluates() -> None:
    assert DigitModule({"_target_": "digitlab.nets.MLP"}, DATA).configure_optimizers() is None


def test_networks_come_from_the_allow_list_only() -> None:
    with pytest.raises(UserError, match=r"os\.system is not allowed"):
        DigitModule({"_target_": "os.system", "command": "true"}, DATA)


def test_training_figures_are_means_over_the_images_of_all_steps(tmp_path: Path, tiny_mnist: Path) -> None:
    class Count(Callback):
        loss, right, images = 0.0, 0, 0

        def on_train_batch_end(self, _: Any, module: Any, outputs: Any, batch: Batch, batch_idx: int) -> None:
            self.loss += outputs["loss"].item() * len(batch.labels)
            self.right += int((logits.pop().argmax(dim=1) == batch.labels).sum())
            self.images += len(batch.labels)

    module, count, logits = make(hidden_sizes=[8]), Count(), []
    module.net.register_forward_hook(lambda net, _, output: logits.append(output) if net.training else None)
    data = DigitDataModule("mnist", tiny_mnist, batch_size=150)  # the last batch is smaller
    trainer(tmp_path, callbacks=[count]).fit(module, datamodule=data)
    assert count.images % 150 != 0
    assert module.metrics["train/loss"] == pytest.approx(count.loss / count.images)
    assert module.metrics["train/acc"] == pytest.approx(count.right / count.images)

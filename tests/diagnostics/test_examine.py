"""The doctor finds what is wrong with trainings of strangers, names the cause, and leaves everything as it was."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils.parametrizations import spectral_norm

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from support.sick_trainings import ARGUMENTS, Digits, Net

pytestmark = pytest.mark.usefixtures("brief")


HEALTHY: dict[str, Any] = {
    "plain": (lambda: Net(), lambda: Digits()),
    "dict and manual": (lambda: Net(manual=True), lambda: Digits(as_dict=True)),
    "sgd": (lambda: Net(optimizer="sgd", lr=0.1), lambda: Digits()),
}
OF_DATA = {
    "raw": "DL101", "constant": "DL102", "not finite": "DL103", "gap in the labels": "DL104",
    "a rare class": "DL105", "labels of others": "DL106", "noise": "DL107", "leak": "DL108",
    "sorted": "DL110", "val not scaled": "DL111", "few": "DL112",
}  # fmt: skip
OF_NETS = {
    "eight outputs": "DL202", "one output": "DL202", "layers in a list": "DL209", "pooled away": "DL212",
    "softmax": "DL203", "sigmoid": "DL203", "relu at the end": "DL203",
    "softmax in the loss": "DL203", "wrong sign": "DL204", "nll of scores": "DL204", "labels of others": "DL204",
    "all zero": "DL206", "huge weights": "DL206", "detached": "DL207", "frozen": "DL208", "half held": "DL209",
    "mixes the batch": "DL210", "no activation": "DL211", "bottleneck": "DL212", "deep sigmoid": "DL214",
    "batchnorm that stands still": "DL215", "dropout of nearly all": "DL216", "maximize": ("DL204", "DL303"),
    "large epsilon": "DL303", "slow betas": "DL303", "strong decay": "DL304", "schedule of steps": "DL305",
    "train while validating": "DL501", "eval while training": "DL501", "dropout that stays on": "DL502",
    "false accuracy": "DL503", "validation that looks at nothing": "DL503", "cycle of steps, an epoch each": "DL305",
}  # fmt: skip


def cause_of(module: Net, data: Digits, **changes: Any) -> str | None:
    diagnosis = diagnose(module, data, **{**ARGUMENTS, **changes})
    return None if diagnosis.cause is None else diagnosis.cause.code


@cache
def healthy(name: str) -> Diagnosis:
    module, data = HEALTHY[name]
    return diagnose(module(), data(), **ARGUMENTS)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_training_has_no_fault(name: str) -> None:
    found = healthy(name)
    assert [result for result in found.results if result.status in (Status.FAIL, Status.WARN)] == []
    assert found.cause is None
    assert not found.failed
    assert {result.code for result in found.results if result.status is Status.SKIP} <= {
        "DL215",
        "DL305",
        "DL306",
        "DL505",
    }


@pytest.mark.parametrize(("fault", "code"), OF_DATA.items())
def test_a_fault_in_the_data_is_named_as_the_cause(fault: str, code: str) -> None:
    assert cause_of(Net(), Digits(fault=fault)) == code


@pytest.mark.parametrize(("fault", "codes"), OF_NETS.items())
def test_a_fault_in_the_module_is_named_as_the_cause(fault: str, codes: str | tuple[str, ...]) -> None:
    assert cause_of(Net(fault), Digits()) in ((codes,) if isinstance(codes, str) else codes)


@pytest.mark.parametrize(
    ("module", "data", "changes", "code"),
    [
        (lambda: Net(lr=10.0), Digits, {}, "DL302"),
        (lambda: Net(lr=1e-7), Digits, {}, "DL302"),
        (lambda: Net(lr=0.1, optimizer="sgd"), Digits, {"gradient_clip_val": 1e-5}, "DL306"),
        (Net, lambda: Digits(batch_size=1), {}, "DL307"),
        (Net, lambda: Digits(batch_size=1400), {}, "DL307"),
        (Net, lambda: Digits(batch_size=200), {"max_epochs": 1}, "DL308"),
        (Net, Digits, {"max_epochs": -1, "max_steps": 10}, "DL308"),
        (Net, Digits, {"fast_dev_run": True}, "DL308"),
        (Net, Digits, {"overfit_batches": 1}, "DL112"),
        (lambda: Net(lr=0.001, optimizer="sgd"), Digits, {}, "DL302"),
        (
            lambda: Net(lr=0.1, optimizer="sgd"),
            Digits,
            {"gradient_clip_val": 1e-6, "gradient_clip_algorithm": "value"},
            "DL306",
        ),
        (lambda: Net("never stepped", manual=True), Digits, {}, "DL309"),
        (lambda: Net("never cleared", manual=True, optimizer="sgd", lr=0.1), Digits, {}, "DL301"),
    ],
)
def test_a_fault_in_the_settings_is_named_as_the_cause(module: Any, data: Any, changes: Any, code: str) -> None:
    assert cause_of(module(), data(), **changes) == code


def test_everything_is_afterwards_as_it_was() -> None:
    module, data = Net(), Digits()
    module.eval()
    module.body[1].train()
    modes = [part.training for part in module.modules()]
    weights = {name: value.clone() for name, value in module.state_dict().items()}
    generator = torch.random.get_rng_state()
    diagnose(module, data, **ARGUMENTS)
    assert all(torch.equal(value, weights[name]) for name, value in module.state_dict().items())
    assert [part.training for part in module.modules()] == modes
    assert torch.equal(torch.random.get_rng_state(), generator)
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not any(part._forward_hooks for part in module.modules())
    assert not hasattr(data, "train")  # it was not even set up


def test_weights_that_change_when_they_are_read_stay_too() -> None:
    module = Net()
    spectral_norm(module.head)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    diagnose(module, Digits(), checks="model", **ARGUMENTS)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_a_last_layer_may_begin_at_zero() -> None:
    module = Net()
    torch.nn.init.zeros_(module.head.weight)
    assert diagnose(module, Digits(), **ARGUMENTS).cause is None


def test_one_score_may_stand_for_two_classes() -> None:
    class Odd(Net):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            return binary_cross_entropy_with_logits(self(batch[0])[:, 0], (batch[1] % 2).float())

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_acc", ((self(batch[0])[:, 0] > 0) == batch[1] % 2).float().mean())

    class OddDigits(Digits):
        def collate(self, items: list[Any]) -> Any:
            images, labels = super().collate(items)
            return images, labels % 2

    found = diagnose(Odd("one output"), OddDigits(), **ARGUMENTS)
    assert [result.code for result in found.results if result.status is Status.FAIL] == []


def test_a_diagnosis_is_the_same_twice_and_plain() -> None:
    found = diagnose(Net(), Digits(), checks=["DL4", "lr"], **ARGUMENTS)
    assert [result.code for result in found.results] == ["DL302", "DL401", "DL402", "DL403", "DL404"]
    assert json.loads(found.to_json())["cause"] is None
    first, second = (diagnose(Net.seeded(), Digits(), checks="model", **ARGUMENTS) for _ in range(2))
    assert first.results == second.results


@pytest.mark.parametrize(("label", "status"), [(-1, Status.FAIL), (10**9, Status.FAIL), (-100, Status.PASS)])
def test_a_label_that_is_no_class(label: int, status: Status) -> None:
    class Strange(Digits):
        def setup(self, stage: str | None = None) -> None:
            super().setup(stage)
            self.train[1][3] = label

    found = diagnose(Net(), Strange(), **ARGUMENTS)
    assert {result.code: result.status for result in found.results}["DL104"] is status
    assert (found.cause is None) == (status is Status.PASS)


def test_callbacks_and_loggers_of_a_module_do_not_disturb(tmp_path: Path) -> None:
    class Social(Net):
        def configure_callbacks(self) -> Any:
            return [ModelCheckpoint(tmp_path), EarlyStopping("fit", patience=1, min_delta=9)]

        def on_train_batch_end(self, *arguments: Any) -> None:
            self.logger.log_metrics({"mine": 1.0})

    assert diagnose(Social(), Digits(), checks="DL201", **ARGUMENTS).cause is None
    assert list(tmp_path.iterdir()) == []

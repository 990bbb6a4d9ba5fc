"""What the doctor cannot examine: said in a line, or told with the words of what failed."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from digitlab.diagnostics.examine import diagnose
from digitlab.diagnostics.result import Status
from digitlab.errors import UserError
from support.sick_trainings import ARGUMENTS, Digits, Net

pytestmark = pytest.mark.usefixtures("brief")


def test_what_is_no_classifier_of_images_is_refused() -> None:
    class NoLabels(Digits):
        def collate(self, items: list[Any]) -> Any:
            return torch.stack([item[0] for item in items])

    with pytest.raises(UserError, match="hold no labels"):
        diagnose(Net(), NoLabels(), **ARGUMENTS)


@pytest.mark.parametrize("name", ["module", "datamodule"])
def test_something_else_is_refused(name: str) -> None:
    given: dict[str, Any] = {"module": Net(), "datamodule": Digits(), name: None}
    with pytest.raises(UserError, match=f"{name} must be a Lightning.*Module, got NoneType"):
        diagnose(**given)


def test_an_autoencoder_is_refused() -> None:
    class Autoencoder(Net):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            return mse_loss(self(batch[0]), batch[0].flatten(1))

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            pass

    module = Autoencoder()
    module.head = nn.Linear(64, 64)
    with pytest.raises(UserError, match="Autoencoder is no classifier: its loss compares with the images"):
        diagnose(module, Digits(), **ARGUMENTS)


def test_a_module_without_scores_is_refused() -> None:
    class Decoder(Net):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            return (self.body(batch[0]) - batch[0]).square().mean()

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            pass

    module = Decoder()
    module.body = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1))
    with pytest.raises(UserError, match=r"Decoder is no classifier.*scores \(B, C\)"):
        diagnose(module, Digits(), **ARGUMENTS)


def test_a_training_that_cannot_start_is_told() -> None:
    found = diagnose(Net(), Digits(), **{**ARGUMENTS, "accelerator": "warp"})
    assert found.cause is not None
    assert (found.cause.code, found.cause.status) == ("DL201", Status.FAIL)


def test_what_cannot_be_copied_is_refused() -> None:
    module = Net()
    module.file = open(__file__)  # noqa: SIM115
    with module.file, pytest.raises(UserError, match="Net cannot be copied"):
        diagnose(module, Digits(), **ARGUMENTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_epoch": 3}, "max_epoch is no argument of diagnose"),
        ({"budget": 0}, "budget must be a number of seconds above 0, got 0"),
        ({"budget": "x"}, "budget must be a number of seconds above 0, got 'x'"),
        ({"checks": 5}, "checks must be names of checks, got 5"),
        ({"checks": "DL999"}, "checks=DL999 is no check"),
        ({"mute": ["speed", "nothing"]}, "mute=nothing is no check"),
        ({"checks": "DL101", "mute": "data"}, "leave nothing"),
    ],
)
def test_bad_input_is_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        diagnose(Net(), Digits(), **arguments, **ARGUMENTS)


def test_a_step_that_fails_is_told_with_its_words() -> None:
    class Broken(Net):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            return nn.Linear(3, 3)(batch[0])

    found = diagnose(Broken(), Digits(), **ARGUMENTS)
    assert found.cause is not None
    assert (found.cause.code, found.cause.status) == ("DL201", Status.FAIL)
    assert "shapes cannot be multiplied" in found.cause.value
    assert {result.status for result in found.results if result.code == "DL402"} == {Status.SKIP}

"""Targets: on the list, there, and with arguments that they take."""

from typing import Any

import pytest

from digitlab.cli.checks.targets import check_targets
from digitlab.errors import UserError
from digitlab.safe_instantiate import EXTRA_VARIABLE


def test_what_we_ship_passes() -> None:
    check_targets(
        {
            "model": {"_target_": "digitlab.nets.MLP", "dropout": 0.1},
            "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.1, "_partial_": True},
            "trainer": {"_target_": "lightning.Trainer", "max_epochs": 1},
            "callbacks": {
                "early": {"_target_": "lightning.pytorch.callbacks.EarlyStopping", "monitor": "x"},
                "no": None,
            },
            "seed": 1,
        }
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model": {"_target_": "os.system"}}, r"^model\._target_=os\.system is not allowed: it must begin with dig"),
        ({"model": {"_target_": ["os"]}}, r"^model\._target_=\['os'\] is not allowed"),
        ({"callbacks": {"x": {"_target_": "os.system"}}}, r"^callbacks\.x\._target_=os\.system is not allowed"),
        (
            {"logger": {"x": {"y": [{"_target_": "os.system"}]}}},
            r"^logger\.x\.y\.0\._target_=os\.system is not allowed",
        ),
        ({"anything": {"_target_": "digitlab.nets.MLP"}}, r"^anything\._target_=digitlab\.nets\.MLP is not allowed"),
        ({"optimizer": {"_target_": "digitlab.nets.MLP"}}, r"must begin with torch\.optim\.;"),
        ({"optimizer": {"_target_": "torch.optim.adam.cast"}}, r"is not allowed.*; it is defined in typing"),
        ({"model": {"_target_": "digitlab.nets.MLQ"}}, r"MLQ cannot be imported: digitlab\.nets has no MLQ"),
        (
            {"model": {"_target_": "digitlab.nets.MLP", "depth": 3}},
            r"^model\.depth is not an argument of digitlab.*MLP",
        ),
        (
            {"trainer": {"_target_": "lightning.Trainer", "max_epoch": 3}},
            r"trainer\.max_epoch .* did you mean max_epochs",
        ),
    ],
)
def test_what_cannot_work_is_refused_by_its_key(config: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_targets(config)


def test_a_package_of_ones_own_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"callbacks": {"mine": {"_target_": "fractions.Fraction", "numerator": 1}}}
    with pytest.raises(UserError, match="not allowed"):
        check_targets(config)
    monkeypatch.setenv(EXTRA_VARIABLE, "fractions.")
    check_targets(config)


def test_what_it_comes_from_stands_in_front() -> None:
    with pytest.raises(UserError, match=r"^x\.ckpt: model\._target_"):
        check_targets({"model": {"_target_": "os.system"}}, of="x.ckpt: ")

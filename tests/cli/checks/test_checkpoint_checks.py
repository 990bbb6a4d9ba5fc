"""Checkpoints without torch: for eval the classes fit, for a resume the model is that of its run directory."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.cli.checks.checkpoints import check_resumed, check_tested, sections_of
from digitlab.cli.settings import settle
from digitlab.errors import UserError
from digitlab.runs.directories import LAST
from support.sample_runs import load, make_run
from support.terminal import compose_typed


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("sample") / "run")


def of_eval(run: Path, **data: Any) -> dict[str, Any]:
    return {"checkpoint": str(run), "paths": {"output_root": "outputs"}, "data": data or None}


def test_eval_is_told_what_data_the_model_was_made_for(run: Path) -> None:
    assert check_tested(of_eval(run))["dataset"] == "digits"
    assert check_tested(of_eval(run, dataset="usps", num_classes=10))["dataset"] == "usps"
    with pytest.raises(UserError, match=r"knows 10 classes \(digits\), and data\.dataset=emnist has 47"):
        check_tested(of_eval(run, dataset="emnist", num_classes=47))


def of_train(run: Path, *overrides: str) -> dict[str, Any]:
    config = compose_typed("train.py", "data=digits", "model=mlp", *overrides, f"resume={run}")
    return settle(config, Path("x"))


def test_a_resume_wants_the_model_of_its_run(run: Path) -> None:
    check_resumed(of_train(run, "model.hidden_sizes=[4]", "data.download=false"))
    with pytest.raises(
        UserError, match=r"last\.ckpt is of another run: model\.hidden_sizes was \[4\] there, and is \[5\]"
    ):
        check_resumed(of_train(run, "model.hidden_sizes=[5]"))
    with pytest.raises(UserError, match=r"is of another run: optimizer\._target_ was torch\.optim\.Adam there"):
        check_resumed(of_train(run, "model.hidden_sizes=[4]", "optimizer=rmsprop"))
    with pytest.raises(UserError, match=r"is of another run: augment\._target_ was absent there"):
        check_resumed(of_train(run, "model.hidden_sizes=[4]", "augment=affine"))


def endless() -> dict[str, Any]:
    settings: dict[str, Any] = {}
    settings["model"] = settings["data"] = settings
    return settings


@pytest.mark.parametrize(
    ("section", "value", "message"),
    [
        ("", [1], "was not written by digitlab: its settings have no names"),
        ("", endless(), "was not written by digitlab: among its settings it holds more than any settings do"),
        ("", {"label_smoothing": 1}, r"was not written by digitlab: model\._target_ is missing"),
        ("speed", 9, "was not written by digitlab: its settings have speed, which no model here has"),
        ("model", {"hidden_sizes": [4]}, r"was not written by digitlab: model\._target_ is missing"),
        ("model", "mlp", r"was not written by digitlab: model\._target_ is missing"),
        ("optimizer", "adam", r"was not written by digitlab: optimizer\._target_ is missing"),
        ("data", {"dataset": "mnist"}, r"was not written by digitlab: data\.num_classes is missing"),
        ("model", {"_target_": "digitlab.nets.MLP", "hidden_sizes": [10**9]}, r"model\.hidden_sizes must be a list"),
        ("model", {"_target_": "os.system"}, r"model\._target_=os\.system is not allowed"),
        ("optimizer", {"_target_": "os.system"}, r"optimizer\._target_=os\.system is not allowed"),
        ("data", {"dataset": "x", "num_classes": 10, "mean": 0.1, "std": 0.1}, r"data\.dataset must be one of digits"),
    ],
)
def test_settings_that_are_not_ours(run: Path, section: str, value: Any, message: str) -> None:
    content = load(run / LAST)
    settings = {**content["hyper_parameters"], section: value} if section else value
    with pytest.raises(UserError, match=rf"^checkpoint=x\.ckpt.*{message}"):
        sections_of({**content, "hyper_parameters": settings}, Path("x.ckpt"))


def test_the_first_sound_checkpoint_counts(run: Path, tmp_path: Path) -> None:
    copied = tmp_path / "run"
    shutil.copytree(run, copied)
    torch.save(load(run / LAST), copied / "checkpoints" / "best.ckpt")
    (copied / "checkpoints" / "best.ckpt").write_bytes(b"")
    assert check_tested(of_eval(copied))["dataset"] == "digits"
    (copied / LAST).write_bytes(b"")
    with pytest.raises(UserError, match=r"best\.ckpt cannot be read: it is empty"):
        check_tested(of_eval(copied))

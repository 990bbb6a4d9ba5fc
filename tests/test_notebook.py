"""The library face: what is passed on, and what is refused."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import digitlab
from digitlab import compose, diagnose, notebook
from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.errors import UserError
from support.diagnoses import diagnosis


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How the doctor is called; it has always the same to say."""
    made: list[dict[str, Any]] = []

    def examined(*parts: Any, **arguments: Any) -> Diagnosis:
        made.append({"parts": parts, **arguments})
        return diagnosis()

    monkeypatch.setattr("digitlab.notebook.examined", examined)
    monkeypatch.setattr("digitlab.tasks.diagnose.diagnose", examined)
    return made


def test_a_module_of_ones_own_is_passed_on(calls: list[dict[str, Any]]) -> None:
    module, datamodule = object(), object()
    found = diagnose(module, datamodule, max_epochs=3, gradient_clip_val=None, mute="DL1")  # type: ignore[arg-type]
    assert found.cause is not None
    assert calls == [
        {"parts": (module, datamodule), "checks": None, "mute": "DL1", "budget": 60.0, "say": None, "max_epochs": 3,
         "gradient_clip_val": None}
    ]  # fmt: skip


def test_a_training_brings_its_settings(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    training = compose("model=mlp", "data=digits", f"paths.output_root={tmp_path}", "trainer.max_epochs=2")
    diagnose(training, checks=["DL3"], budget=5)
    (call,) = calls
    assert call["parts"] == (training.module, training.datamodule)
    assert (call["max_epochs"], call["checks"], call["budget"]) == (2, ["DL3"], 5)
    assert call["settings"]["data"]["dataset"] == "digits"
    with pytest.raises(UserError, match="max_epochs: a training has its trainer"):
        diagnose(training, max_epochs=3)


def test_a_module_needs_data() -> None:
    with pytest.raises(UserError, match="diagnose needs a module and a datamodule"):
        diagnose(object())  # type: ignore[arg-type]


def test_every_public_name_is_there() -> None:
    assert all(callable(getattr(digitlab, name)) for name in digitlab.__all__)


@pytest.mark.parametrize(
    ("overrides", "trust", "expected"),
    [
        ([], None, None),
        (["trust=mine"], None, "mine"),
        (["trust=mine"], "other", "other"),
        ([], ["a", "b"], ["a", "b"]),
    ],
)
def test_an_evaluation_trusts_what_is_typed_or_given(
    overrides: list[str], trust: Any, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []

    def prepare(command: str, settings: dict[str, Any]) -> Any:
        seen.append(settings)
        return SimpleNamespace(module=None, datamodule=None, trainer=None)

    monkeypatch.setattr(notebook, "prepare", prepare)
    monkeypatch.setattr(notebook.evaluating, "evaluate", lambda *parts: {})
    notebook.evaluate("some.ckpt", *overrides, trust=trust)
    assert (seen[0]["trust"], seen[0]["checkpoint"]) == (expected, "some.ckpt")


def test_each_training_gets_a_directory_of_its_own(tmp_path: Path) -> None:
    settings = ("model=mlp", "data=digits", f"paths.output_root={tmp_path}")
    first, second = (Path(digitlab.compose(*settings).settings["paths"]["output_dir"]) for _ in range(2))
    assert first != second
    (first / "checkpoints").mkdir(parents=True)
    with pytest.raises(UserError, match=r"holds a run already \(checkpoints\); resume="):
        digitlab.compose(*settings, f"hydra.run.dir={first}")

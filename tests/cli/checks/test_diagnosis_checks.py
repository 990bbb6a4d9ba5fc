"""What the doctor is asked for exists."""

from pathlib import Path
from typing import Any

import pytest

from digitlab.cli.checks import diagnosis
from digitlab.diagnostics import rule_sets
from digitlab.errors import UserError
from support.diagnoses import rule


@pytest.fixture(autouse=True)
def two_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_sets, "rules_of_trainings", lambda: (rule("DL101"), rule("DL302")))
    monkeypatch.setattr(rule_sets, "rules_of_runs", lambda: (rule("DL801"),))


def asked(tmp_path: Path, **settings: Any) -> dict[str, Any]:
    usual = {"checks": None, "mute": [], "run": None, "find_lr": False, "doctor": False}
    return {**usual, "paths": {"output_root": str(tmp_path)}, **settings}


def test_what_exists_passes(tmp_path: Path) -> None:
    diagnosis.check_diagnosis(asked(tmp_path), ["model=mlp"])
    diagnosis.check_diagnosis(asked(tmp_path, checks="DL1"), [])
    diagnosis.check_diagnosis(asked(tmp_path, checks=["DL1", "DL302"], mute="dl101"), [])
    (tmp_path / "config.yaml").touch()
    typed = [
        "run=x",
        "checks=DL1",
        "-m",
        "--config-dir=mine",
        "paths.output_root=y",
        "hydra.run.dir=z",
        "verbose=false",
    ]
    diagnosis.check_diagnosis(asked(tmp_path, run=str(tmp_path), checks="DL8"), typed)


@pytest.mark.parametrize("key", ["checks", "mute"])
def test_an_unknown_rule_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"^{key}=DL999 is no "):
        diagnosis.check_diagnosis(asked(tmp_path, **{key: ["DL101", "DL999"]}), [])


def test_a_run_has_rules_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    with pytest.raises(UserError, match=r"^checks=DL101 is of .*run= left out"):
        diagnosis.check_diagnosis(asked(tmp_path, run=str(tmp_path), checks="DL101"), [])
    with pytest.raises(UserError, match=r"^checks=DL801 is of .*run=<directory> beside it"):
        diagnosis.check_diagnosis(asked(tmp_path, checks="DL801"), [])


@pytest.mark.parametrize("key", ["find_lr", "doctor"])
def test_what_only_a_training_does_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"^{key}=true is of a training"):
        diagnosis.check_diagnosis(asked(tmp_path, **{key: True}), [])


def test_nothing_to_check_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^checks and mute leave no"):
        diagnosis.check_diagnosis(asked(tmp_path, checks="DL101", mute="DL1"), [])


@pytest.mark.parametrize("typed", ["model=mlp", "+optimizer.lr=1", "budget=5", "~callbacks.progress=1"])
def test_settings_of_a_training_have_no_say_about_a_run(typed: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    key = typed.lstrip("+~").partition("=")[0]
    with pytest.raises(UserError, match=f"^{key} has no say beside run="):
        diagnosis.check_diagnosis(asked(tmp_path, run=str(tmp_path)), ["run=x", typed])

"""The task: what train.py would build is examined, and a report is left."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.errors import CheckFailed, UserError
from digitlab.runs.directories import read_result
from digitlab.tasks import diagnose
from support.diagnoses import RESULTS, diagnosis
from support.running import prepare
from support.sample_runs import make_run

FEW = ("model=mlp", "model.hidden_sizes=[4]", "trainer.accelerator=cpu")
PASSING = RESULTS[1]


def doctor(monkeypatch: pytest.MonkeyPatch, *answers: Diagnosis) -> list[dict[str, Any]]:
    """Let the doctor give an answer, and return how it was called."""
    calls: list[dict[str, Any]] = []

    def examined(module: Any, datamodule: Any, **arguments: Any) -> Diagnosis:
        calls.append({"module": module, "datamodule": datamodule, **arguments})
        if arguments["say"] is not None:
            arguments["say"]("range test")
        return answers[0]

    monkeypatch.setattr(diagnose, "diagnose", examined)
    return calls


def test_a_training_is_examined_and_the_report_lies_in_its_directory(
    job: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = doctor(monkeypatch, diagnosis())
    cfg = job(*FEW, "verbose=true", "checks=DL", "budget=7", "trainer.max_epochs=3", name="diagnose")
    monkeypatch.setattr("digitlab.cli.checks.diagnosis.select", lambda *words: None)
    with pytest.raises(CheckFailed, match=r"^2 of 7 checks failed: DL101, DL403$"):
        diagnose.run(prepare("diagnose", cfg))
    (call,) = calls
    assert type(call["module"].net).__name__ == "MLP"
    assert (call["checks"], call["mute"], call["budget"], call["max_epochs"]) == (["DL"], [], 7, 3)
    assert call["settings"]["optimizer"]["lr"] == cfg.optimizer.lr
    assert not {"_target_", "callbacks", "logger"} & call.keys()
    directory = Path(cfg.paths.output_dir)
    assert {path.name for path in directory.iterdir()} == {
        "config.yaml", "environment.json", "result.json", "diagnosis.json", "diagnosis.html",
    }  # fmt: skip
    assert (directory / "diagnosis.html").stat().st_size > 10_000
    written = json.loads((directory / "diagnosis.json").read_text())
    assert written["subject"].startswith("MLP on mnist: Adam, lr 0.003")
    assert written["cause"]["code"] == written["results"][0]["code"] == "DL101"
    assert (directory / "diagnosis.html").read_text().startswith("<!doctype html>")
    result = read_result(directory)
    assert result is not None
    assert (result["status"], result["command"], result["cause"]) == ("ok", "diagnose", "DL101")
    assert result["checks"]["DL601"] == "SKIP"
    said = capsys.readouterr().out
    assert said.index("range test") < said.index("Most likely cause: FAIL DL101") < said.index("diagnosis.html")


def test_what_passes_raises_nothing(
    job: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor(monkeypatch, diagnosis(PASSING, figures={}))
    cfg = job(*FEW, name="diagnose")
    diagnose.run(prepare("diagnose", cfg))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["range test", f"nothing is wrong in 1 checks, in {cfg.paths.output_dir}"]


def test_what_cannot_be_examined_is_in_the_record(
    job: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(module: Any, datamodule: Any, **arguments: Any) -> Diagnosis:
        raise UserError("Autoencoder is no classifier")

    monkeypatch.setattr(diagnose, "diagnose", refused)
    cfg = job(*FEW, name="diagnose")
    with pytest.raises(UserError, match="no classifier"):
        diagnose.run(prepare("diagnose", cfg))
    result = read_result(Path(cfg.paths.output_dir))
    assert result is not None
    assert result["status"] == "failed"


def test_a_run_that_is_over_is_examined_without_building_anything(
    job: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "train" / "over"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("seed: 1\n")
    calls: list[Any] = []

    def examined(directory: Path, *, checks: Any, mute: Any) -> Diagnosis:
        calls.append((directory, checks, mute))
        return diagnosis(PASSING, figures={})

    monkeypatch.setattr(diagnose, "examine_run", examined)
    monkeypatch.setattr("digitlab.tasks.train.prepare", None)
    monkeypatch.setattr("digitlab.cli.checks.diagnosis.select", lambda *words: None)
    diagnose.run(prepare("diagnose", job("run=latest", "verbose=true", "checks=DL1", "mute=DL101", name="diagnose")))
    assert calls == [(run, ["DL1"], ["DL101"])]
    assert f"Examines the run in {run}" in capsys.readouterr().out


@pytest.mark.parametrize(("given", "one"), [(1, 1), (2, 1), ("auto", 1), (-1, 1), ([3, 4], [3])])
def test_one_process_examines(given: Any, one: Any) -> None:
    trainer = {"_target_": "lightning.Trainer", "devices": given, "num_nodes": 2, "strategy": "ddp", "max_epochs": 3}
    arguments = diagnose.trainer_arguments({"trainer": trainer})
    assert arguments == {"devices": one, "num_nodes": 1, "strategy": "auto", "max_epochs": 3, "profiler": None}


def test_a_run_that_was_cut_off_is_examined_for_real(
    job: Callable[..., DictConfig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "train" / "cut-off")
    cfg = job("run=latest", "verbose=true", name="diagnose", run="../diagnose/examined")
    with contextlib.suppress(CheckFailed):
        diagnose.run(prepare("diagnose", cfg))
    assert "WARN  DL901" in capsys.readouterr().out.replace("Most likely cause: WARN ", "WARN  ")
    page = (Path(cfg.paths.output_dir) / "diagnosis.html").read_text()
    assert 'id="DL901"' in page
    assert run.name in page

"""`python src/diagnose.py`, as it is typed: refusals, and one examination from end to end."""

import json
from pathlib import Path

from conftest import run_warm
from digitlab.runs.directories import read_result

FEW = ("model=mlp", "model.hidden_sizes=[16]", "data=digits", "trainer.accelerator=cpu", "trainer.precision=32-true",
       "memory_format=contiguous")  # fmt: skip


def test_a_rule_that_does_not_exist(tmp_path: Path) -> None:
    done = run_warm("diagnose.py", "checks=[DL1,DL999]", "data=digits", f"paths.output_root={tmp_path / 'runs'}")
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert done.stderr.startswith("digitlab: checks=DL999 is no check")
    assert len(done.stderr.splitlines()) == 1


def test_an_examination_leaves_its_report_and_says_where(tmp_path: Path) -> None:
    done = run_warm("diagnose.py", *FEW, "checks=data", "budget=10", f"paths.output_root={tmp_path}")
    assert (done.returncode, done.stderr) == (0, "")
    (directory,) = (tmp_path / "diagnose").iterdir()
    assert "mlp-digits" in directory.name
    assert done.stdout.splitlines()[0] == f"digitlab diagnose, in {directory}"
    assert done.stdout.splitlines()[-1] == f"{directory}: diagnosis.html, diagnosis.json"
    found = json.loads((directory / "diagnosis.json").read_text())
    assert {one["code"][:3] for one in found["results"]} == {"DL1"}
    assert 'id="DL101"' in (directory / "diagnosis.html").read_text()
    result = read_result(directory)
    assert result is not None
    assert (result["status"], result["command"]) == ("ok", "diagnose")


def test_a_failure_is_exit_code_one(tmp_path: Path) -> None:
    wrong = ("data.mean=0.5", "data.std=0.001", "checks=DL101", "budget=10", "verbose=false")
    done = run_warm("diagnose.py", *FEW, *wrong, f"paths.output_root={tmp_path}")
    assert (done.returncode, done.stderr) == (1, "digitlab: 1 of 1 checks failed: DL101\n")
    assert "1 of 1 checks failed: DL101; most likely cause FAIL DL101" in done.stdout
    (directory,) = (tmp_path / "diagnose").iterdir()
    assert (directory / "diagnosis.html").is_file()

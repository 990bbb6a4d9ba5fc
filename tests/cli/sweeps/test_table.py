"""The table at the end of a sweep, whatever has become of what the jobs have left."""

from pathlib import Path

import pytest

from digitlab.cli.sweeps.table import report
from digitlab.runs.config_file import write_config
from digitlab.runs.record import write_result
from digitlab.runs.sweep_state import Job, SweepState

DAMAGE = {
    "changed": (lambda text: text.replace("data", "dada"), "its checksum does not fit"),
    "cut": (lambda text: "", "holds no settings"),
    "of others": (lambda text: "paths: [1]", "test the best, job 0"),
    "of numbers": (lambda text: "paths: {data_dir: 3}", "test the best, job 0"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_the_best_jobs_configuration_is_damaged(how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change, said = DAMAGE[how]
    (tmp_path / "0").mkdir()
    write_config(tmp_path / "0", {"paths": {"data_dir": "data", "output_root": "outputs"}})
    write_result(tmp_path / "0", {"status": "ok", "monitor": "val/loss", "mode": "min", "val/loss": 0.5})
    (tmp_path / "0" / "config.yaml").write_text(change((tmp_path / "0" / "config.yaml").read_text()))
    assert report(SweepState(tmp_path, "train", [Job(0, ["seed=0"], tmp_path / "0")])) == ["ok"]
    assert said in capsys.readouterr().out

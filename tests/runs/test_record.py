"""A run directory tells how the run ended, however it ended."""

import contextlib
import json
import math
import platform
from pathlib import Path

import pytest

from digitlab.errors import Diverged, Interrupted
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import read_result
from digitlab.runs.record import record_ending, recorded
from digitlab.system.atomic_files import write_json, write_text
from digitlab.system.checksums import with_checksum


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "ok"), (KeyboardInterrupt(), "interrupted"), (Diverged("nan"), "diverged"), (OSError("full"), "failed")],
)
def test_status_is_that_of_the_end(tmp_path: Path, error: BaseException | None, status: str) -> None:
    cfg = {"paths": {"output_dir": str(tmp_path)}, "seed": 0}
    expectation = contextlib.nullcontext() if error is None else pytest.raises(type(error))
    with expectation, recorded(cfg, {"device": "cpu"}, write=True) as result:
        result["seed"] = 0
        if error is not None:
            raise error
    written = json.loads((tmp_path / "result.json").read_text())
    assert (written["status"], written["seed"]) == (status, 0)
    assert written.get("error") == {"failed": "OSError: full", "diverged": "nan"}.get(status)
    assert read_config(tmp_path) == cfg
    environment = json.loads((tmp_path / "environment.json").read_text())
    assert (environment["device"], environment["python"]) == ("cpu", platform.python_version())


def test_an_ending_before_anything_else_is_recorded_too(tmp_path: Path) -> None:
    record_ending(tmp_path / "nowhere", Interrupted(15))
    assert list(tmp_path.iterdir()) == []
    record_ending(tmp_path, Interrupted(15))
    assert read_result(tmp_path) == {"status": "interrupted"}
    record_ending(tmp_path, Diverged("nan"))  # the first word is kept
    assert read_result(tmp_path) == {"status": "interrupted"}


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    with recorded({"paths": {"output_dir": str(tmp_path)}}, {}, write=False):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    write_text(path, "old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("killed")))
    with pytest.raises(OSError, match="killed"):
        write_text(path, "new")
    assert path.read_text() == "old"


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("figures", [{"val/loss": math.nan}, {"test/loss": math.inf}, {"val/acc": math.nan}])
def test_a_loss_or_monitored_metric_that_is_no_number_has_diverged(figures: dict[str, float], tmp_path: Path) -> None:
    cfg = {"paths": {"output_dir": str(tmp_path)}, "monitor": "val/acc"}
    (name,) = figures
    with (
        pytest.raises(Diverged, match=f"{name} became (nan|inf); try a lower"),
        recorded(cfg, {}, write=True) as result,
    ):
        result.update(figures, epochs=3)
    written = read_result(tmp_path)
    assert written is not None
    assert (written["status"], written[name], written["epochs"]) == ("diverged", None, 3)


def test_other_figures_that_are_no_numbers_are_null(tmp_path: Path) -> None:
    with recorded({"paths": {"output_dir": str(tmp_path)}}, {}, write=True) as result:
        result.update({"val/auroc": math.nan, "curve": [1.0, math.inf], "deep": {"a": -math.inf}})
    assert read_result(tmp_path) == {"status": "ok", "val/auroc": None, "curve": [1.0, None], "deep": {"a": None}}


def test_an_error_of_any_length_can_be_read_back(tmp_path: Path) -> None:
    record_ending(tmp_path, ValueError("x\n" * 10**6))
    written = read_result(tmp_path)
    assert written is not None
    assert len(written["error"]) == 4096


@pytest.mark.parametrize("content", [{"status": ["ok"]}, {"status": "won"}, {"status": "ok", "error": 3}, {}, [], 3])
def test_a_result_of_other_kinds_is_not_believed(content: object, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps(with_checksum(content) if isinstance(content, dict) else content))
    assert read_result(tmp_path) is None

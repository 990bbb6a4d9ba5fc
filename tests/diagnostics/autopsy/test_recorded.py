"""Files of a run that were changed, cut or removed: the checkpoints hold the same, and it is said that they do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.diagnostics.autopsy.examine import examine_run
from digitlab.diagnostics.autopsy.metrics_file import METRICS, read_metrics
from digitlab.diagnostics.autopsy.recorded import recorded_rows, recorded_settings
from digitlab.diagnostics.autopsy.run_over import RunOver
from digitlab.diagnostics.result import Skipped, Status
from digitlab.runs.config_file import CHECKED, read_config, write_config
from digitlab.runs.directories import CONFIG, LAST, RESULT
from digitlab.system.atomic_files import write_json
from digitlab.system.checksums import with_checksum
from support.runs_over import HEALTHY, OK, leave
from support.sample_runs import load, make_run

ROWS = [
    {"epoch": 1, "step": 10, "train/loss": 1.25, "val/loss": 1.0 / 3, "val/acc": float("nan")},
    {"epoch": 2, "step": 20, "train/loss": 1.0, "val/loss": 0.25, "val/acc": 0.5},
]
FALLING = {name: values for name, values in HEALTHY.items() if "loss" in name}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was cut off in its third epoch; its schedule is planned."""
    run = make_run(tmp_path / "run", "scheduler=cosine")
    content = load(run / LAST)
    content["callbacks"]["CsvLogger"] = {"rows": ROWS, "epoch": {}}
    torch.save(content, run / LAST)
    write_table(run, [*ROWS, {"epoch": 3, "step": 30, "train/loss": 0.5, "val/loss": 0.2, "val/acc": 0.75}])
    return run


def write_table(run: Path, rows: list[dict[str, Any]]) -> None:
    lines = [",".join(rows[-1]), *(",".join(str(row.get(name, "")) for name in rows[-1]) for row in rows)]
    (run / METRICS).write_text("\n".join(lines) + "\n")


def losses(run: Path) -> list[float]:
    return [row["val/loss"] for row in RunOver(run).rows]


def test_a_table_that_goes_further_than_the_checkpoint_is_believed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert losses(run) == [1 / 3, 0.25, 0.2]
    write_table(run, [ROWS[0], {**ROWS[1], "late": 1.0}])  # what a module logs behind the save
    assert losses(run) == [1 / 3, 0.25]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace("0.25", "0.35"), "metrics.csv was changed or cut since"),
        (lambda text: "\n".join(text.splitlines()[:2]), "metrics.csv was changed or cut since"),
        (lambda text: "", "metrics.csv cannot be read: "),
        (lambda text: text.replace("train/loss", "train/lost"), "metrics.csv was changed or cut since"),
        (lambda text: "more," + "\n1,".join(text.splitlines()), "metrics.csv was changed or cut since"),
        (None, "it has left no metrics.csv"),
    ],
)
def test_another_table_than_the_run_has_written_is_not_believed(
    damage: Callable[[str], str] | None, said: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (run / METRICS).read_text()
    (run / METRICS).unlink()
    if damage is not None:
        (run / METRICS).write_text(damage(text))
    assert losses(run) == [1 / 3, 0.25]
    out = capsys.readouterr().out
    assert out.startswith(said)
    assert out.endswith("the 2 epochs that the newest checkpoint holds are taken instead\n")


@pytest.mark.parametrize("more", [-1, 1])
def test_a_run_that_has_ended_has_as_many_epochs_as_its_result_says(
    more: int, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(run / RESULT, with_checksum({"status": "ok", "steps": 30}))
    lines = (run / METRICS).read_text().splitlines()
    assert losses(run) == [1 / 3, 0.25, 0.2]
    (run / METRICS).write_text("\n".join(lines[:-1] if more < 0 else [*lines, lines[-1].replace("3,30", "4,40")]))
    assert losses(run) == [1 / 3, 0.25]
    assert capsys.readouterr().out.startswith("metrics.csv was changed or cut since the run wrote it; the 2 epochs")
    (run / LAST).unlink()  # nothing tells which ones are true
    with pytest.raises(Skipped, match="changed or cut"):
        losses(run)


def test_the_configuration_of_another_run_is_not_believed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = read_config(run)
    write_config(run, {**settings, "scheduler": None, "data": {**settings["data"], "num_classes": 2}})
    over = RunOver(run)
    assert (over.planned, over.classes) == (True, 10)
    said = capsys.readouterr().out
    assert said.startswith("config.yaml has another data, scheduler than the run was trained with; ")


def test_what_a_resume_may_change_is_no_other_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = read_config(run)
    write_config(run, {**settings, "data": {**settings["data"], "workers": 8, "download": False}})
    assert RunOver(run).planned
    assert capsys.readouterr().out == ""


def damage_configuration(run: Path) -> None:
    content = (run / CONFIG).read_bytes()
    assert content.startswith(CHECKED)
    (run / CONFIG).write_bytes(content + b"extra: 1\n")


def test_a_changed_configuration_is_not_believed_and_no_command_is_named_that_fails(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = RunOver(run).planned
    damage_configuration(run)
    over = RunOver(run)
    assert over.planned is planned is True
    assert over.section("model")["hidden_sizes"] == [4]
    assert "its checksum does not fit" in capsys.readouterr().out
    assert over.to_continue().startswith("restore config.yaml, then ")


def test_what_nothing_tells_is_not_judged(tmp_path: Path) -> None:
    """Whether the schedule was planned for the run: whether it could have been trained longer."""
    run = leave(tmp_path, FALLING, OK)
    damage_configuration(run)
    (found,) = examine_run(run, checks="DL904").results
    assert found.status is Status.SKIP
    assert "its checksum does not fit" in found.why
    (run / CONFIG).unlink()  # a run of somebody else's program
    (found,) = examine_run(run, checks="DL904").results
    assert found.status is not Status.SKIP


@pytest.mark.parametrize(
    "rows",
    [
        None,
        7,
        [7],
        [{}],
        [{"epoch": "x"}],
        [{"epoch": [1]}],
        [{"epoch": 10**400}],
        [{"epoch": 0}],
        [{"epoch": 1, "x": None}],
        {"a": 1},
    ],
)
def test_anything_in_the_place_of_rows_is_none(rows: Any, run: Path) -> None:
    assert recorded_rows({"callbacks": {"CsvLogger": {"rows": rows}}}) == []
    assert recorded_rows({"callbacks": rows}) == recorded_rows({}) == []
    content = load(run / LAST)
    content["callbacks"]["CsvLogger"] = {"rows": rows}
    torch.save(content, run / LAST)
    assert losses(run) == [row["val/loss"] for row in read_metrics(run)]


def test_anything_in_the_place_of_settings_is_none() -> None:
    for content in ({}, {"hyper_parameters": 7}, {"hyper_parameters": {"a": object()}}, {"sections": [1]}):
        assert recorded_settings(content) == {}


def test_no_checkpoint_is_no_fault(tmp_path: Path) -> None:
    run = leave(tmp_path, None, OK)
    with pytest.raises(Skipped, match=r"it has left no metrics\.csv"):
        _ = RunOver(run).rows


def test_a_damaged_result_is_not_taken_for_none(tmp_path: Path) -> None:
    run = leave(tmp_path, HEALTHY, OK)
    (run / RESULT).write_text("{")
    (found,) = examine_run(run, checks="DL901").results
    assert (found.status, found.why) == (Status.SKIP, "its result.json is damaged")
    (run / RESULT).unlink()
    (found,) = examine_run(run, checks="DL901").results
    assert found.status is Status.WARN

"""Each rule for runs that are over: a healthy run passes, and each fault is found where it is."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from digitlab.diagnostics.autopsy.examine import examine_run
from digitlab.diagnostics.autopsy.rules import all_rules
from digitlab.diagnostics.result import Result, Status
from support.runs_over import HEALTHY, OK, leave
from support.sample_runs import load, make_run

NAN = math.nan


def found(directory: Path, code: str) -> Result:
    (result,) = examine_run(directory, checks=code).results
    return result


def changed(**figures: list[float]) -> dict[str, list[float]]:
    return {**HEALTHY, **{name.replace("_", "/"): values for name, values in figures.items()}}


def test_a_healthy_run_passes_whatever_its_files_can_tell(tmp_path: Path) -> None:
    diagnosis = examine_run(leave(tmp_path, HEALTHY, OK))
    by_code = {result.code: result for result in diagnosis.results}
    judged = {code for code, result in by_code.items() if result.status is not Status.SKIP}
    assert judged >= {"DL901", "DL902", "DL903", "DL904", "DL905", "DL906", "DL907", "DL908", "DL910"}
    assert {by_code[code].status for code in judged} == {Status.PASS}
    assert all(result.why for result in diagnosis.results)
    assert diagnosis.cause is None
    assert not diagnosis.failed
    assert "MLP on mnist" in diagnosis.subject
    assert diagnosis.figures["epochs"]["val_loss"] == HEALTHY["val/loss"]
    assert '"code": "DL901"' in diagnosis.to_json()


SLOW = [2.31 - 0.001 * epoch for epoch in range(8)]
FAULTS: dict[str, tuple[str, Status, dict[str, list[float]], dict[str, Any] | None, dict[str, Any], str]] = {
    "interrupted": ("DL901", Status.WARN, HEALTHY, {"status": "interrupted"}, {}, "a signal stopped it"),
    "killed": ("DL901", Status.WARN, HEALTHY, None, {}, "no result.json"),
    "failed": ("DL901", Status.FAIL, HEALTHY, {"status": "failed", "error": "OSError: full"}, {}, "OSError: full"),
    "diverged": ("DL901", Status.FAIL, HEALTHY, {"status": "diverged", "error": "x"}, {}, "it diverged"),
    "chance": ("DL902", Status.FAIL, changed(val_acc=[0.1, 0.11] * 4), OK, {}, "chance 10.0%"),
    "chance by loss": ("DL902", Status.FAIL, {"train/loss": SLOW}, OK, {}, "2.3 by chance"),
    "nan": ("DL903", Status.FAIL, changed(train_loss=[1.0, 0.5, NAN]), OK, {}, "train/loss became nan in epoch 3"),
    "said so": (
        "DL903", Status.FAIL, HEALTHY,
        {"status": "diverged", "error": "the training loss became nan in epoch 9, step 8; try"},
        {}, "became nan in epoch 9, step 8",
    ),
    "null loss": ("DL903", Status.FAIL, HEALTHY, {**OK, "test/loss": None}, {}, "test/loss ended as no finite"),
    "grew": ("DL903", Status.FAIL, changed(train_loss=[1.0, 0.9, 35.0, 3.0]), OK, {}, "rose to 35 in epoch 3"),
    "too short": ("DL904", Status.WARN, changed(val_loss=[0.8, 0.6, 0.4]), OK, {}, "still fell by 33.3%"),
    "overfits at once": (
        "DL905", Status.WARN, changed(val_loss=[0.3, 0.4, 0.5, 0.6]), OK, {}, "it overfits from the start",
    ),
    "rate too high": (
        "DL905", Status.WARN, changed(val_loss=[0.3, 0.4, 0.5, 0.6], train_loss=[0.3, 0.4, 0.5, 0.6]), OK, {},
        "the rate is too high",
    ),
    "gap": ("DL906", Status.WARN, changed(train_acc=[0.85, 0.95, 0.99, 0.995, 1.0, 1.0, 1.0, 1.0],
                                          val_acc=[0.8, 0.85, 0.86, 0.86, 0.85, 0.85, 0.84, 0.83]), OK, {},
            "training 17.0% above validation, growing"),
    "overfits": ("DL907", Status.WARN, changed(val_loss=[0.6, 0.4, 0.3, 0.32, 0.36, 0.4, 0.5, 0.6]), OK, {},
                 "from epoch 3 on"),
    "plateau": ("DL908", Status.WARN, changed(train_loss=[1.5, 0.9, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]), OK, {},
                "stood still for the last 5 epochs"),
    "never moved": ("DL909", Status.WARN, {**HEALTHY, "lr": [0.1] * 8}, OK,
                    {"scheduler": {"_target_": "digitlab.schedules.step"}}, "although there is a schedule, step"),
    "zero rate": ("DL909", Status.FAIL, {**HEALTHY, "lr-SGD": [0.0] * 8}, OK, {}, "the rate was 0"),
    "ended early": ("DL909", Status.WARN, {**HEALTHY, "lr": [0.1, 0.01, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9]}, OK, {},
                    "from epoch 4 on"),
    "cut off": ("DL909", Status.WARN, {**HEALTHY, "lr": [0.01, 0.03, 0.1, 0.1, 0.1, 0.1, 0.09, 0.08]}, OK,
                {"scheduler": {"_target_": "digitlab.schedules.onecycle"}}, "the run ended before its schedule"),
    "another test set": ("DL910", Status.FAIL, HEALTHY, {**OK, "test/acc": 0.5}, {}, "test 50.0%, validation 95.6%"),
    "an easy test set": ("DL910", Status.WARN, HEALTHY, {**OK, "test/acc": 0.999}, {}, "leaks into training"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, tmp_path: Path) -> None:
    code, status, figures, result, sections, words = FAULTS[fault]
    got = found(leave(tmp_path, figures, result, **sections), code)
    assert got.status is status, got
    assert words in got.value
    assert got.remedy


@pytest.mark.parametrize("code", [rule.code for rule in all_rules()])
def test_what_a_rule_needs_and_is_not_there_skips_it(code: str, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")  # damaged
    got = found(tmp_path, code)
    assert got.status is Status.SKIP
    assert got.why


def test_the_root_comes_before_its_symptoms(tmp_path: Path) -> None:
    figures = changed(train_loss=[1.0, NAN], val_loss=[0.5, NAN], val_acc=[0.1, 0.1])
    diagnosis = examine_run(leave(tmp_path, figures, {"status": "diverged", "error": "x"}))
    assert {result.code for result in diagnosis.results if result.status is Status.FAIL} >= {"DL901", "DL902", "DL903"}
    assert diagnosis.cause is not None
    assert diagnosis.cause.code == "DL903"
    assert diagnosis.cause.remedy == "find_lr=true trainer.gradient_clip_val=1.0"


def test_a_planned_schedule_ends_with_its_best_epoch(tmp_path: Path) -> None:
    figures = changed(val_loss=[0.8, 0.6, 0.4])
    run = leave(tmp_path, figures, OK, scheduler={"_target_": "digitlab.schedules.onecycle"})
    assert found(run, "DL904").status is Status.PASS


def test_a_plateau_schedule_may_stay_where_it_is(tmp_path: Path) -> None:
    run = leave(tmp_path, {**HEALTHY, "lr": [0.1] * 8}, OK, scheduler={"_target_": "digitlab.schedules.plateau"})
    assert found(run, "DL909").status is Status.PASS


@pytest.mark.parametrize(
    ("names", "kind"),
    [(("train_loss", "val_loss"), "flat"), (("loss", "valid/loss"), "Lightning's"), (("train/nll", "val/nll"), "nll")],
)
def test_other_names_are_understood(names: tuple[str, str], kind: str, tmp_path: Path) -> None:
    figures = dict(zip(names, (HEALTHY["train/loss"], [0.6, 0.4, 0.3, 0.32, 0.36, 0.4, 0.5, 0.6]), strict=True))
    assert found(leave(tmp_path, figures, OK), "DL907").status is Status.WARN


WEIGHTS = {
    "nan": ("DL911", Status.FAIL, lambda weight: weight.fill_(NAN)),
    "zero": ("DL912", Status.FAIL, lambda weight: weight.zero_()),
    "alike": ("DL912", Status.FAIL, lambda weight: weight.copy_(weight[:1].expand_as(weight).clone())),
    "dead": ("DL912", Status.WARN, lambda weight: weight[1:].zero_()),
    "large": ("DL913", Status.WARN, lambda weight: weight.mul_(100)),
    "huge": ("DL913", Status.FAIL, lambda weight: weight.mul_(1e5)),
}


@pytest.mark.parametrize("fault", WEIGHTS)
def test_faults_of_weights_are_found(fault: str, tmp_path: Path) -> None:
    code, status, harm = WEIGHTS[fault]
    run = make_run(tmp_path / "run")
    assert found(run, code).status is Status.PASS
    content = load(run / "checkpoints" / "last.ckpt")
    name = next(name for name, value in content["state_dict"].items() if value.ndim == 2)
    harm(content["state_dict"][name])
    torch.save(content, run / "checkpoints" / "last.ckpt")
    got = found(run, code)
    assert got.status is status
    assert name in got.value

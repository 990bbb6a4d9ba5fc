"""Runs that are over: real ones, foreign files, and what is no run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig

from digitlab.diagnostics.autopsy.examine import examine_run
from digitlab.diagnostics.result import Status
from digitlab.errors import UserError
from support.running import run_training
from support.runs_over import HEALTHY, OK, leave
from support.sample_runs import load, make_run

Job = Callable[..., DictConfig]
QUICK = ("trainer.accelerator=cpu", "logger=csv", "data.batch_size=50", "trainer.precision=32-true",
         "memory_format=contiguous", "callbacks.progress=null")  # fmt: skip


def statuses(directory: Path) -> dict[str, Status]:
    return {result.code: result.status for result in examine_run(directory).results}


def test_a_trained_network_is_tried_on_its_own_data(job: Job) -> None:
    cfg = job("model=cnn", "trainer.max_epochs=6", *QUICK)
    run_training(cfg)
    found = statuses(Path(cfg.paths.output_dir))
    assert {code for code, status in found.items() if status is Status.FAIL} <= {"DL801"}  # a place is what they show
    assert all(found[code] is not Status.SKIP for code in ("DL801", "DL802", "DL803", "DL804", "DL901", "DL911"))
    assert found["DL804"] is found["DL902"] is found["DL903"] is Status.PASS


def test_a_run_without_its_data_is_examined_without_behaviour(job: Job, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "data=mnist", f"paths.data_dir={tmp_path}/nowhere")
    found = {result.code: result for result in examine_run(run).results}
    assert found["DL801"].status is Status.SKIP
    assert "data.download=false" in found["DL801"].why
    assert found["DL912"].status is Status.PASS
    assert not (tmp_path / "nowhere").exists()


def test_an_untrained_network_has_no_behaviour(tmp_path: Path) -> None:
    found = {result.code: result for result in examine_run(make_run(tmp_path / "run")).results}
    assert found["DL801"].status is Status.SKIP or found["DL801"].value
    assert found["DL804"].status is Status.FAIL


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds nothing of a run"):
        examine_run(tmp_path)
    with pytest.raises(UserError, match="holds nothing of a run"):
        examine_run(tmp_path / "absent")
    with pytest.raises(UserError, match="checks=DL999 is no"):
        examine_run(leave(tmp_path / "run", HEALTHY, OK), checks="DL999")


def test_checks_choose_and_mute_leaves_out(tmp_path: Path) -> None:
    run = leave(tmp_path, HEALTHY, OK)
    assert [result.code for result in examine_run(run, checks=["DL901", "DL903"]).results] == ["DL901", "DL903"]
    assert {result.code for result in examine_run(run, mute="DL8").results}.isdisjoint({"DL801", "DL804"})


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"epoch,step\n1", b"epoch,train/loss\n1,much\n", b"a,b\n1,2\n", b"epoch,x\nnan,1\n",
     b"epoch,x\n-1,1\n", b"epoch,x\n1,1,1\n", b"epoch," + b"x," * 2000 + b"\n", b'epoch,x\n1,"' + b"1" * 200_000],
)  # fmt: skip
def test_a_damaged_table_skips_what_needs_it(content: bytes, tmp_path: Path) -> None:
    run = leave(tmp_path, None, OK)
    (run / "metrics.csv").write_bytes(content)
    found = {result.code: result for result in examine_run(run).results}
    assert found["DL904"].status is Status.SKIP
    assert found["DL901"].status is Status.PASS
    assert "\n" not in found["DL904"].why


def test_pipes_and_folders_are_no_files(tmp_path: Path) -> None:
    run = leave(tmp_path / "run", None, OK)
    os.mkfifo(run / "metrics.csv")
    (run / "checkpoints" / "best.ckpt").mkdir(parents=True)
    found = statuses(run)
    assert found["DL904"] is found["DL911"] is Status.SKIP
    assert found["DL901"] is Status.PASS


def test_a_strangers_checkpoint_runs_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    path = run / "checkpoints" / "last.ckpt"
    content = load(path)
    content["hyper_parameters"]["data"]["_target_"] = "os.system"
    torch.save(content, path)
    found = {result.code: result for result in examine_run(run).results}
    assert found["DL801"].status is Status.SKIP
    assert "os.system" in found["DL801"].why
    torch.save({**content, "x": Path("x")}, path)
    assert statuses(run)["DL911"] is Status.SKIP

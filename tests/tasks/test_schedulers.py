"""What schedulers, terminals and other programs do to a run: their signals, their variables, their pipes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import free_port, run_warm
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.paths import PROJECT_ROOT
from support.states import equal, state_of
from torture.processes import start_warm
from torture.runs import SETTINGS

SLURM = {"SLURM_JOB_ID": "77", "SLURM_NTASKS": "1", "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0",
         "SLURM_JOB_NAME": "train"}  # fmt: skip


def result_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "result.json").read_text())


@pytest.mark.parametrize(
    ("sent", "environment", "logger"),
    [(signal.SIGUSR1, SLURM, "default"), (signal.SIGTERM, SLURM, "default"), (signal.SIGHUP, {}, "csv")],
)
def test_a_run_that_is_asked_to_stop_saves_and_resumes_in_its_directory(
    sent: signal.Signals, environment: dict[str, str], logger: str, tmp_path: Path
) -> None:
    directory = tmp_path / "outputs" / "job-77"
    settings = [*SETTINGS, f"logger={logger}", f"paths.output_root={tmp_path}", "trainer.max_epochs=60"]
    whole = start_warm(tmp_path / "whole", [*settings, f"hydra.run.dir={tmp_path / 'whole'}"])
    run = start_warm(tmp_path, [*settings, f"hydra.run.dir={directory}"], **environment)
    while not (directory / "checkpoints" / "last.ckpt").is_file() and run.ended() is None:
        time.sleep(0.01)
    run.send(sent)
    assert run.wait(30) == 128 + sent
    assert run.errors().startswith(f"digitlab: stopped by {sent.name}; ")
    assert result_of(directory)["status"] == "interrupted"
    assert read_checkpoint(directory / "checkpoints" / "last.ckpt")["epoch"] < 59
    assert list(directory.rglob("hpc*")) == []
    resumed = start_warm(tmp_path / "resumed", [f"resume={directory}"], **environment)
    assert (resumed.wait(120), whole.wait(120)) == (0, 0)
    assert equal(state_of(directory), state_of(tmp_path / "whole"))


def test_variables_that_nothing_stands_behind_hide_no_file(tmp_path: Path) -> None:
    done = run_warm("train.py", "data=digits", "model=mlp", "debug=limit", "verbose=false",
                      f"hydra.run.dir={tmp_path}", RANK="3", LOCAL_RANK="7", SLURM_PROCID="1")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "metrics.csv").read_text().count("\n") == 3
    assert result_of(tmp_path)["status"] == "ok"
    assert list((tmp_path / "tensorboard").iterdir())


def test_torchrun_makes_one_directory(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={free_port()}",
        str(PROJECT_ROOT / "src" / "train.py"), "trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2",
        "data=digits", "model=mlp", "debug=limit", "verbose=false", f"paths.output_root={tmp_path}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "train").iterdir()
    assert result_of(run)["status"] == "ok"
    assert (run / "metrics.csv").is_file()
    assert done.stdout.count("epoch 1/2") == 1


def test_a_reader_who_leaves_stops_no_run(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), "data=digits", "model=mlp", "debug=limit",
               f"hydra.run.dir={tmp_path}"]  # fmt: skip
    typed = ["bash", "-c", '"$@" | head -2; exit ${PIPESTATUS[0]}', "bash", *command]
    done = subprocess.run(typed, capture_output=True, text=True, env={**os.environ})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 2
    assert result_of(tmp_path)["status"] == "ok"

"""One sweep by every launcher: one job diverges and one raises, and what comes of it does not depend on who runs it."""

import csv
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from conftest import run_script, run_warm
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.paths import PROJECT_ROOT

JOBS = (
    "data=digits", "model=mlp", "model.hidden_sizes=[8]", "optimizer=sgd", "scheduler=none", "trainer.max_epochs=2",
    "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.gradient_clip_val=null", "logger=csv",
    "callbacks.early_stopping=null", "callbacks.progress=null", "verbose=false", "trust=harms",
    "optimizer.lr=0.1,1e30,0.2,0.3", "+callbacks.harm._target_=harms.RaiseOnce", "+callbacks.harm.lr=0.2",
)  # fmt: skip
LAUNCHERS = {
    "processes": (),
    "workers": ("hydra.launcher.workers=2",),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    "submitit": ("hydra/launcher=submitit_local",),
}
SLOW = ("joblib", "submitit")  # each of their processes imports torch
Rows = list[dict[str, str]]


class Swept(NamedTuple):
    sweep: Path
    done: subprocess.CompletedProcess[str]
    first: Rows  # of the table, when the launcher had returned
    finished: subprocess.CompletedProcess[str]
    last: Rows  # after `sweep=latest`


def train(*arguments: str) -> subprocess.CompletedProcess[str]:
    run = run_script if "hydra/launcher=joblib" in arguments else run_warm  # a fork waits for joblib's processes
    return run("train.py", *arguments, PYTHONPATH=str(PROJECT_ROOT / "tests" / "support"), OMP_NUM_THREADS="1")


def table(sweep: Path) -> Rows:
    with (sweep / "sweep.csv").open() as file:
        return [{**row, "fit_seconds": "", "paths.output_root": ""} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Swept]:
    """Run the sweep by a launcher and finish it with two workers, once."""
    known: dict[str, Swept] = {}

    def run(launcher: str) -> Swept:
        if launcher not in known:
            place = f"paths.output_root={tmp_path_factory.mktemp(launcher)}"
            done = train("-m", *LAUNCHERS[launcher], *JOBS, place)
            (sweep,) = Path(place.partition("=")[2], "train", "sweeps").iterdir()  # one folder, whoever made it
            first = table(sweep)
            finished = train("sweep=latest", "trust=harms", "hydra.launcher.workers=2", place)
            known[launcher] = Swept(sweep, done, first, finished, table(sweep))
        return known[launcher]

    return run


@pytest.mark.parametrize(
    "launcher", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in LAUNCHERS]
)
def test_a_sweep_is_the_same_by_every_launcher(launcher: str, swept: Callable[[str], Swept]) -> None:
    if launcher in SLOW:
        pytest.importorskip(f"hydra_plugins.hydra_{launcher}_launcher")
    expected, found = swept("processes"), swept(launcher)
    assert [row["status"] for row in found.first] == ["ok", "diverged", "failed", "ok"]
    assert found.done.returncode == 1
    assert found.done.stderr.splitlines()[-1] == "digitlab: 2 of 4 jobs are not ok: job 1 diverged, job 2 failed"
    assert re.search(r"job 1, diverged  .*/1: the training loss became nan", found.done.stdout)
    assert re.search(r"job 2, failed    .*/2: ZeroDivisionError: a fault in the program", found.done.stdout)

    said = (found.finished.returncode, found.finished.stderr.splitlines()[-1])
    assert said == (1, "digitlab: 1 of 4 jobs are not ok: job 1 diverged")
    assert [row["status"] for row in found.last] == ["ok", "diverged", "ok", "ok"]
    assert found.finished.stdout.count("Resumes from") == 1

    assert found.first == expected.first
    assert found.last == expected.last
    for job in "023":
        mine, other = (run.sweep / job / "checkpoints" / "last.ckpt" for run in (found, expected))
        torch.testing.assert_close(*(read_checkpoint(path)["state_dict"] for path in (mine, other)), rtol=0, atol=0)

"""Sweeps with jobs that raise, exit, are killed and diverge: the others run, and continuing the sweep does the rest."""

import csv
import json
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from conftest import run_warm
from digitlab.checkpoints.reading import read_checkpoint
from digitlab.cli.sweeps.jobs import continue_or_clear
from digitlab.paths import PROJECT_ROOT
from digitlab.runs.sweep_state import read_sweep_state
from digitlab.system.quoting import quoted

SMALL = (
    "data=digits", "model=mlp", "model.hidden_sizes=[8]", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "callbacks.early_stopping=null", "logger=csv", "scheduler=none", "trainer.gradient_clip_val=null",
)  # fmt: skip
HARMS = ("none", "raise", "exit", "kill", "early", "diverge")
HARM = ("+callbacks.harm._target_=harms.Harm", f"+callbacks.harm.how={','.join(HARMS)}", "trust=harms")
WITH_HARM = {"PYTHONPATH": str(PROJECT_ROOT / "tests" / "support")}


def results_of(sweep: Path) -> list[dict[str, Any]]:
    state = read_sweep_state(sweep)
    assert state is not None
    return [job.result() for job in state.jobs]


def statuses_of(sweep: Path) -> list[str]:
    return [result["status"] for result in results_of(sweep)]


def assert_same_weights(job: Path, other: Path) -> None:
    expected, found = (read_checkpoint(run / "checkpoints" / "last.ckpt")["state_dict"] for run in (job, other))
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A sweep in which one job ends well, and what was printed."""
    root = tmp_path_factory.mktemp("harmed")
    done = run_warm("train.py", "-m", *HARM, *SMALL, "trainer.max_epochs=2", f"paths.output_root={root}", **WITH_HARM)
    (sweep,) = (root / "train" / "sweeps").iterdir()
    return sweep, done


def test_no_job_hurts_another(harmed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    sweep, done = harmed
    statuses = ["ok", "failed", "failed", "failed", "failed", "diverged"]
    assert statuses_of(sweep) == statuses
    with (sweep / "sweep.csv").open() as file:
        assert [row["status"] for row in csv.DictReader(file)] == statuses
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "digitlab: 5 of 6 jobs are not ok: job 1 failed, job 2 failed, job 3 failed, job 4 failed, job 5 diverged"
    )
    table, _, wrong = done.stdout.partition("Not ok\n")
    assert "Sweep of 6 jobs" in table
    for said in (
        f"job 1, failed    {sweep / '1'}: ZeroDivisionError: a fault in the program",
        f"job 2, failed    {sweep / '2'}: it ended with exit code 7 and left no result",
        f"job 3, failed    {sweep / '3'}: killed (signal 9)\n",
        f"job 4, failed    {sweep / '4'}: it ended with exit code 0 and left no result",
        f"job 5, diverged  {sweep / '5'}: the training loss became nan in epoch 2",
        f"src/train.py trust=harms sweep={sweep}",
    ):
        assert said in wrong


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["train.py", "sweep=nowhere"], "sweep=nowhere does not exist; give the directory of a sweep, or latest"),
        (["train.py", "sweep=src"], "sweep=src is no directory of a sweep: it lacks sweep.json"),
        (["train.py", "sweep={sweep}/0"], "sweep={sweep}/0 is no directory of a sweep: it is a job of sweep={sweep}"),
        (
            ["train.py", "sweep=latest", "paths.output_root=src"],
            "sweep=latest: there is no sweep below src/train/sweeps",
        ),
        (["train.py", "sweep={sweep}", "resume=latest"], "sweep= continues a sweep, resume= one run"),
        (["train.py", "sweep={sweep}", "seed=1"], "sweep={sweep} continues the sweep as it was planned, and seed=1"),
        (["train.py", "-m", "seed=1,2", "hydra.sweep.dir={sweep}"], "hydra.sweep.dir={sweep} holds a sweep already"),
        (["eval.py", "sweep={sweep}"], "sweep={sweep} was made by"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_that_sweep_is_refused(
    typed: list[str], said: str, harmed: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    sweep, _ = harmed
    before = (sweep / "sweep.json").read_text()
    done = run_warm(*[word.format(sweep=sweep) for word in typed])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"digitlab: {said.format(sweep=sweep)}")
    assert len(done.stderr.splitlines()) == 1
    assert (sweep / "sweep.json").read_text() == before


def test_a_sweep_does_not_begin_where_one_lies_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text("{")
    done = run_warm("train.py", "-m", "seed=1,2", "data=digits", f"hydra.sweep.dir={tmp_path}")
    assert done.returncode == 2
    assert done.stderr.startswith(f"digitlab: hydra.sweep.dir={tmp_path} holds a sweep already (sweep.json)")


@pytest.mark.parametrize(
    ("damage", "continues"),
    [
        ((), True),
        (("checkpoints/last.ckpt",), True),  # the one before it is sound
        (("checkpoints/last.ckpt", "checkpoints/last.previous.ckpt"), False),
    ],
    ids=str,
)
def test_a_job_continues_from_what_is_sound_and_nothing_else(
    damage: tuple[str, ...], continues: bool, harmed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    job = Path(shutil.copytree(harmed[0] / "0", tmp_path / "it's a job"))
    for name in damage:
        (job / name).write_bytes((job / name).read_bytes()[:-100])
    continue_or_clear(job)
    assert (job / "checkpoints").exists() == continues
    assert (job / "config.yaml").is_file()
    assert not (job / "result.json").exists()


def test_the_same_sweep_does_what_is_not_done(harmed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    sweep, _ = harmed
    untouched = [path for number in "05" for path in (sweep / number).rglob("*") if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in untouched}
    foreign = run_warm("train.py", f"sweep={sweep}", **WITH_HARM)
    assert "callbacks.harm._target_=harms.Harm is not allowed" in foreign.stderr  # whoever wrote the file
    done = run_warm("train.py", f"sweep={sweep}", "trust=harms", **WITH_HARM)
    assert done.stdout.startswith(f"{sweep}: 2 of 6 jobs are done already\n")
    assert statuses_of(sweep) == ["ok"] * 5 + ["diverged"]
    assert done.returncode == 1
    assert done.stderr == "digitlab: 1 of 6 jobs are not ok: job 5 diverged\n"
    assert done.stdout.count("Resumes from") == 3  # the one that had no checkpoint begins anew
    assert {path: path.stat().st_mtime_ns for path in untouched} == before
    for number in "1234":
        assert_same_weights(sweep / "0", sweep / number)

    finished = run_warm("train.py", "sweep=latest", f"paths.output_root={sweep.parents[2]}")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == f"{sweep} is finished, there is nothing left to do: ok 5, diverged 1\n"


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def stop_in(job: int, sweep: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    """Send a signal in the second epoch of a job and return exit code and what was said after it."""
    assert sweep.stdout is not None
    for expected in (f"job {job}: ", "epoch  2/"):
        while not sweep.stdout.readline().startswith(expected):
            assert sweep.poll() is None
    sweep.send_signal(number)
    said, errors = sweep.communicate(timeout=60)
    return sweep.returncode, said, errors


def test_a_sweep_that_is_stopped_or_killed_loses_nothing(tmp_path: Path) -> None:
    root = tmp_path / "it's a place"
    place = f"paths.output_root={quoted(root)}"
    long = (*SMALL, "seed=1,2", "trainer.max_epochs=12", place)
    code, said, errors = stop_in(0, start("-m", *long), signal.SIGTERM)
    (sweep,) = (root / "train" / "sweeps").iterdir()
    resume_job, resume_sweep = (shlex.split(line.partition("; resume with: ")[2])[2:] for line in errors.splitlines())
    assert (code, resume_job, resume_sweep) == (143, [f"resume={quoted(sweep / '0')}"], [f"sweep={quoted(sweep)}"])
    assert errors.startswith("digitlab: job 0: stopped by SIGTERM; ")
    assert "\ndigitlab: stopped by SIGTERM; " in errors
    assert statuses_of(sweep) == ["interrupted", "not started"]
    assert f"job 0, interrupted  {sweep / '0'}\n  not started         jobs 1\n" in said

    code, _, _ = stop_in(1, start("sweep=latest", place), signal.SIGKILL)
    assert code == -9
    assert statuses_of(sweep) == ["ok", "interrupted"]
    deadline = time.monotonic() + 30
    while not (sweep / "1" / "result.json").exists():  # the job is told that its sweep is gone, and saves
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert json.loads((sweep / "1" / "result.json").read_text())["status"] == "interrupted"

    # A process that begins from nothing continues just as well.
    rest = run_warm("train.py", f"sweep={sweep}", "hydra.launcher.start=spawn")
    assert (rest.returncode, rest.stderr) == (0, "")
    assert statuses_of(sweep) == ["ok", "ok"]
    assert rest.stdout.count("Resumes from") == 1


def test_a_job_without_its_settings_hurts_no_other(tmp_path: Path) -> None:
    run_warm("train.py", "-m", *SMALL, "seed=1,2,3", "trainer.max_epochs=1", f"hydra.sweep.dir={tmp_path}")
    state = read_sweep_state(tmp_path)
    assert state is not None
    for job in state.jobs:
        (job.directory / "result.json").unlink()
    shutil.rmtree(tmp_path / "0")
    with (tmp_path / "1" / "config.yaml").open("a") as file:
        file.write("seed: 7\n")

    rest = run_warm("train.py", f"sweep={tmp_path}")
    assert rest.returncode == 1
    removed, changed, last = rest.stderr.splitlines()
    assert removed.startswith(f"digitlab: job 0: {tmp_path / '0'} was removed, and its settings with it; start it")
    assert removed.endswith(" seed=1 trainer.max_epochs=1")
    assert changed.startswith("digitlab: job 1: ")
    assert "its checksum does not fit" in changed
    assert last == "digitlab: 2 of 3 jobs are not ok: job 0 not started, job 1 failed"
    assert statuses_of(tmp_path) == ["not started", "failed", "ok"]

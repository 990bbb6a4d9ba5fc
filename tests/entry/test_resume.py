"""`resume=` as it is typed: after a signal, after a kill, with other settings, when all is done."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from conftest import run_script
from digitlab.paths import PROJECT_ROOT
from digitlab.runs.checkpoint import read_checkpoint

SETTINGS = (
    "data=digits", "model=mlp", "model.hidden_sizes=[16]", "trainer.max_epochs=40", "callbacks.early_stopping=null",
    "logger=csv", "checkpoint_every.steps=5", "verbose=false", "trainer.accelerator=cpu",
)  # fmt: skip


def start(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), *SETTINGS, f"paths.output_root={root}"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def stop_within(run: subprocess.Popen[str], epoch: int, number: int) -> tuple[int, str, float]:
    """Send a signal after `epoch` epochs and return exit code, what was said, and how long it took to end."""
    assert run.stdout is not None
    while f"epoch {epoch:2d}/" not in run.stdout.readline():
        assert run.poll() is None
    time.sleep(0.02)
    sent = time.monotonic()
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    return run.returncode, errors.strip(), time.monotonic() - sent


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """The last weights of the run that nobody disturbed."""
    root = tmp_path_factory.mktemp("whole")
    done = run_script("train.py", *SETTINGS, f"paths.output_root={root}")
    assert done.returncode == 0, done.stderr
    (directory,) = (root / "train").iterdir()
    return read_checkpoint(directory / "checkpoints" / "last.ckpt")["state_dict"]


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "digitlab: stopped by SIGTERM"),
        (signal.SIGINT, 130, "digitlab: stopped by SIGINT"),
        (signal.SIGKILL, -9, ""),
    ],
    ids=["SIGTERM", "SIGINT", "SIGKILL"],
)
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(
    number: int, code: int, said: str, tmp_path: Path, uninterrupted: dict[str, torch.Tensor]
) -> None:
    returned, errors, seconds = stop_within(start(tmp_path), 3, number)
    assert (returned, errors) == (code, said)
    assert seconds < 5
    (directory,) = (tmp_path / "train").iterdir()
    if number != signal.SIGKILL:
        assert json.loads((directory / "result.json").read_text())["status"] == "interrupted"
    done = run_script("train.py", "resume=latest", f"paths.output_root={tmp_path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Goes on from" in done.stdout
    assert [path.name for path in (tmp_path / "train").iterdir()] == [directory.name]
    ended = read_checkpoint(directory / "checkpoints" / "last.ckpt")["state_dict"]
    for name, value in uninterrupted.items():
        assert torch.equal(ended[name], value), name
    assert json.loads((directory / "result.json").read_text())["status"] == "ok"
    again = run_script("train.py", f"resume={directory}")
    assert again.returncode == 0
    assert "is finished, there is nothing to resume" in again.stdout


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory that can be resumed."""
    root = tmp_path_factory.mktemp("stopped")
    stop_within(start(root), 1, signal.SIGTERM)
    (directory,) = (root / "train").iterdir()
    return directory


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["seed=1"], "would not be the same run: seed was 42, now 1; leave these out"),
        (["data.batch_size=7"], "would not be the same run: data.batch_size was 32, now 7"),
        (["model.hidden_sizes=[8]"], "would not be the same run: model.hidden_sizes was [16], now [8]"),
        (["model=cnn"], "model.hidden_sizes"),
        (["-m", "seed=1,2"], "resume= goes on with one run; a sweep goes on with"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_settings_are_refused_with_the_difference(typed: list[str], said: str, stopped: Path) -> None:
    before = (stopped / "result.json").read_text()
    done = run_script("train.py", f"resume={stopped}", *typed)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (stopped / "result.json").read_text() == before


def test_what_cannot_be_resumed_is_one_line(tmp_path: Path) -> None:
    for reference, said in (
        ("nowhere", "resume=nowhere does not exist"),
        (str(tmp_path), "is a folder without checkpoints/last.ckpt"),
        ("latest", "resume=latest: no run below"),
        ("http://x/last.ckpt", "only files on this machine are read"),
    ):
        done = run_script("train.py", f"resume={reference}", f"paths.output_root={tmp_path}")
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_damaged_last_checkpoint_is_passed_over(stopped: Path) -> None:
    last = stopped / "checkpoints" / "last.ckpt"
    sound = last.read_bytes()
    last.write_bytes(sound[:-200])
    done = run_script("train.py", f"resume={stopped}")
    assert done.returncode == 0, done.stderr
    assert "last.previous.ckpt is taken instead" in done.stdout

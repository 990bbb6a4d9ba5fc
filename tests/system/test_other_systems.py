"""What a system without some of the calls of Linux does: the calls are taken away, and the same work is done."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import DictConfig

from conftest import write_idx
from digitlab.cli.checks.paths import check_writable
from digitlab.data.storage.idx_files import open_images
from digitlab.runs.directories import read_result
from digitlab.system import signals
from digitlab.system.isolated_process import Ending, IsolatedProcess, run_isolated
from support.running import run_training

ABSENT = ("pathconf", "preadv", "sched_getaffinity", "sysconf")  # from os
OF_PROCESSES = (
    (os, "killpg"), (os, "register_at_fork"), (os, "setpgid"), (signal, "pthread_sigmask"), (signal, "SIGTSTP")
)  # fmt: skip


@pytest.fixture
def poorer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ABSENT:
        monkeypatch.delattr(os, name)


def test_places_are_checked(poorer: None, tmp_path: Path) -> None:
    check_writable("paths.output_root", tmp_path / "runs")


def test_files_are_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "images-idx3-ubyte"
    write_idx(path, np.random.default_rng(0).integers(0, 256, (300, 28, 28)).astype(np.uint8))
    rows = torch.randperm(300)
    expected = open_images("data.train_images", path).index_select(0, rows)
    monkeypatch.delattr(os, "preadv")
    assert torch.equal(open_images("data.train_images", path).index_select(0, rows), expected)


def test_a_training_runs(poorer: None, job: Callable[..., DictConfig]) -> None:
    cfg = job("model=mlp", "model.hidden_sizes=[8]", "debug=limit", "trainer.accelerator=cpu", "logger=csv")
    run_training(cfg)
    result = read_result(Path(cfg.paths.output_dir))
    assert result is not None
    assert result["status"] == "ok"


def test_work_is_done_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in OF_PROCESSES:
        monkeypatch.delattr(place, name)
    assert run_isolated("fork", lambda: None) == Ending(0, None)
    assert run_isolated("fork", lambda: os.kill(os.getpid(), signal.SIGTERM)) == Ending(128 + signal.SIGTERM, None)
    worker = IsolatedProcess("fork", time.sleep, 60)
    signals._tell(worker._process.pid, signal.SIGKILL)
    assert worker.wait() == Ending(-signal.SIGKILL, None)

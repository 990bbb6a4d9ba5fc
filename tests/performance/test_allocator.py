"""Freed memory is kept: once a training step has been made, the next ones ask the system for no more."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

from digitlab.paths import PROJECT_ROOT
from digitlab.tasks import train
from support.running import run_training

COUNT = """
import resource, sys, torch
from digitlab.performance.allocator import keep_freed_memory
from digitlab.nets import DigitClassifier
if sys.argv[1] == "kept":
    assert keep_freed_memory()
torch.manual_seed(0)
net, images = DigitClassifier(), torch.ones(64, 1, 28, 28)
def step():
    net.zero_grad()
    loss = net(images).sum()
    loss.backward()
    return loss.item()
for _ in range(10):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
losses = [step() for _ in range(4)]
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 4, losses)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux's C library")
def test_a_step_reuses_what_the_one_before_has_freed_and_gives_the_same_numbers() -> None:
    pages, losses = {}, {}
    for way in ("left alone", "kept"):
        command = [sys.executable, "-c", "import torch; torch.set_num_threads(1)" + COUNT, way]
        done = subprocess.run(command, cwd=PROJECT_ROOT / "src", capture_output=True, check=True, text=True).stdout
        count, _, losses[way] = done.partition(" ")
        pages[way] = int(count)
    assert pages["kept"] < pages["left alone"] / 4
    assert losses["kept"] == losses["left alone"]


@pytest.mark.parametrize("kept", [True, False])
def test_the_switch_turns_it_off(job: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    called: list[bool] = []
    monkeypatch.setattr(train, "keep_freed_memory", lambda: called.append(True))
    run_training(
        job("model=mlp", "trainer.fast_dev_run=1", "logger=none", "callbacks=none", f"fast_malloc={kept}".lower())
    )
    assert called == [True] * kept


@pytest.mark.parametrize(("before", "after"), [(None, "glibc.malloc.hugetlb=1"), ("", ""), ("x.y=2", "x.y=2")])
def test_the_script_asks_for_large_pages_unless_told_otherwise(tmp_path: Path, before: str | None, after: str) -> None:
    for name in (".venv/bin", "scripts", "src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "scripts" / "setup.sh").write_text("")
    script = tmp_path / "scripts" / "train.sh"
    script.write_bytes((PROJECT_ROOT / "scripts" / "train.sh").read_bytes())
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$GLIBC_TUNABLES"\n')
    python.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    environment |= {} if before is None else {"GLIBC_TUNABLES": before}
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == after

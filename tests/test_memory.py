"""Freed memory is kept: once a training step has been made, the next ones ask the system for no more."""

import subprocess
import sys

import pytest

COUNT = """
import resource, sys, torch
from digitlab.memory import keep_freed_memory
from digitlab.nets import DigitClassifier
if sys.argv[1] == "kept":
    assert keep_freed_memory()
net, images = DigitClassifier(), torch.zeros(64, 1, 28, 28)
def step():
    net.zero_grad()
    net(images).sum().backward()
for _ in range(10):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    step()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 4)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux's C library")
def test_a_step_reuses_what_the_one_before_has_freed() -> None:
    pages = {}
    for way in ("left alone", "kept"):
        command = [sys.executable, "-c", "import torch; torch.set_num_threads(1)" + COUNT, way]
        pages[way] = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert pages["kept"] < pages["left alone"] / 4

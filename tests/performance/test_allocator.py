"""Freed memory is kept: once a training step has been made, the next ones ask the system for no more."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import resource, sys, torch
from digitlab.performance.allocator import keep_freed_memory
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


@pytest.mark.skipif(not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="of Linux with large pages")
def test_large_pages_are_asked_for_once_and_on_the_heap_only() -> None:
    code = (
        "from digitlab.performance.allocator import keep_freed_memory; keep_freed_memory(); "
        "print(open('/proc/self/smaps').read())"
    )
    maps = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    areas = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", maps)
    asked = [area for area in areas if re.search(r"^VmFlags:.*\bhg\b", area, re.MULTILINE)]
    assert len(asked) == 1
    assert "[heap]" in asked[0].splitlines()[0]
    assert 200 << 10 < int(re.findall(r"Size: +(\d+) kB", asked[0])[0]) <= 300 << 10

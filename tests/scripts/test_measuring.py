"""The benchmark's instruments: memory, processes, large files, two trainings in a process, a machine without CUDA."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra.core.global_hydra import GlobalHydra

import benchmark
from benchmarks import gpu, twice
from benchmarks.copies import ensure_copies
from benchmarks.meter import Meter, family_of
from benchmarks.processes import run, run_digitlab
from digitlab.data.formats.idx import read_idx

LINUX = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is measured on Linux")
HOLD = "import time; held = bytearray({0}); held[::4096] = b'x' * len(held[::4096]); time.sleep(0.4)"
HOLD_IN_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD.format(50_000_000)!r}])"


@LINUX
def test_the_meter_sees_what_a_process_holds() -> None:
    meter = Meter()
    run([sys.executable, "-c", HOLD.format(100_000_000)], watch=meter)
    assert 100e6 < meter.peak < 140e6
    assert meter.family_peak == 0


@LINUX
def test_the_meter_sees_children() -> None:
    meter = Meter(family=True)
    run([sys.executable, "-c", HOLD_IN_CHILD], watch=meter)
    assert 50e6 < meter.family_peak < 90e6
    assert meter.peak < 50e6


@LINUX
def test_a_family_has_grandchildren() -> None:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD_IN_CHILD!r}])"
    sizes: list[int] = []
    run([sys.executable, "-c", nested], watch=lambda pid: sizes.append(len(family_of(pid))))
    assert max(sizes) == 3


def test_a_command_that_fails_ends_the_benchmark_with_its_last_line() -> None:
    assert run([sys.executable, "-c", "raise SystemExit(2)"], expected=2) > 0
    with pytest.raises(SystemExit, match=r"benchmark: .* ended with 1: ValueError: no"):
        run([sys.executable, "-c", "raise ValueError('no')"])


def test_copies_are_the_source_shifted(tiny_mnist: Path, tmp_path: Path) -> None:
    images_path, labels_path = ensure_copies(tiny_mnist, tmp_path, 1500)
    images, labels = read_idx(images_path), read_idx(labels_path)
    source = read_idx(tiny_mnist / "MNIST" / "raw" / "train-images-idx3-ubyte")
    assert images.shape == (1500, 28, 28)
    assert np.array_equal(images[:600], source)
    assert np.array_equal(images[600:1200], np.roll(source, -1, axis=2))
    assert np.array_equal(labels[1200:], read_idx(tiny_mnist / "MNIST" / "raw" / "train-labels-idx1-ubyte")[:300])
    written = images_path.stat().st_mtime_ns
    assert ensure_copies(tiny_mnist, tmp_path, 1500) == (images_path, labels_path)
    assert images_path.stat().st_mtime_ns == written


def test_copies_that_do_not_fit_are_not_begun(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: argparse.Namespace(free=1e6))
    with pytest.raises(SystemExit, match=r"1,300 images need 0\.0 GB in .*, which has 0\.0"):
        ensure_copies(tiny_mnist, tmp_path, 1300)
    assert not list(tmp_path.iterdir())


@LINUX
def test_our_command_tells_its_start_its_steady_part_and_its_memory(tiny_mnist: Path) -> None:
    options, meter = argparse.Namespace(data_dir=tiny_mnist), Meter()
    plain = ("model=mlp", "data=idx", "data.val_share=null", "callbacks=none", "logger=none", "monitor=train/loss")
    settings = ("scheduler=none", "trainer.max_epochs=2", "test=false", "data.batch_size=100")
    done = run_digitlab(options, *plain, *settings, watch=meter, warm_up=4)
    images, seconds, processor = done["steady"]
    assert images == (12 - 4) * 100
    assert processor > 0
    assert 0 < seconds < done["whole_seconds"]
    assert len(done["wait_seconds"]) == len(done["epoch_seconds"]) == 2
    assert 1 < done["start_seconds"] < done["process_seconds"]
    assert meter.peak > done["imports"]["resident"] > 200e6  # torch alone


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_the_gpu_suite_says_so_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^benchmark: gpu needs a CUDA device, and torch sees none on this machine$"):
        benchmark.main(["gpu", "--continue", str(tmp_path / "figures.json")])


def test_a_training_runs_twice_in_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    small = ["data=digits", "model=mlp", "model.hidden_sizes=[16]", "trainer.max_epochs=1", "data.val_share=null"]
    plain = ["callbacks=no_validation", "monitor=train/loss", "scheduler=none", "trainer.accelerator=cpu"]

    def run_here(command: list[str]) -> float:
        commands.append(command)
        (target,) = (word for word in command if word.endswith(".json"))
        monkeypatch.setattr(sys, "argv", ["twice", target, *small, *plain])
        GlobalHydra.instance().clear()
        twice.main()
        return 1.0

    monkeypatch.setattr(gpu, "run", run_here)
    figures = gpu.digitlab(argparse.Namespace(data_dir=tmp_path, target=0.1), 7)
    assert {"experiment=fast", "trainer.accelerator=cuda", "seed=7"} < set(commands[0])
    times = [figures[name] for name in (gpu.COLD, gpu.WARM, gpu.TESTED)]
    assert all(time is not None and time > 0 for time in times)
    assert figures[gpu.TESTED] > figures[gpu.COLD]
    assert 10 < figures[gpu.ACCURACY] <= 100

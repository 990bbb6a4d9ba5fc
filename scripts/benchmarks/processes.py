"""Trainings in processes of their own: ours by the real command, and the lesson's program."""

import argparse
import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digitlab.paths import PROJECT_ROOT

MODELS = ("mlp", "cnn", "digit_classifier")

# What the lesson's program does, said to ours: all 60,000 images, Adam at 1e-3 and nothing else.
LESSONS_MATHEMATICS = (
    "optimizer=adam", "optimizer.lr=0.001", "scheduler=none", "trainer.gradient_clip_val=null", "data.batch_size=128",
    "data.val_share=null", "callbacks=no_validation", "monitor=train/loss",
)  # fmt: skip


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of suites that train on MNIST against the lesson's program."""
    parser.add_argument("--data-dir", type=Path, default=PROJECT_ROOT / "data", help="folder with MNIST/raw (data)")
    parser.add_argument("--workers", type=int, default=4, help="of the lesson's loaders (4, the lesson's)")


def add_models_argument(parser: argparse.ArgumentParser) -> None:
    """Add the choice of networks."""
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="which (all three)")


def run_digitlab(options: argparse.Namespace, *overrides: str) -> dict[str, Any]:
    """Run our training command as a user would and return its result, its clock and the seconds of the process.

    All runs of a benchmark share one folder of runs, so it is the first that probes how to compute.
    """
    root = runs_folder()
    clock = root / "clock.json"
    command = [
        sys.executable, str(PROJECT_ROOT / "src" / "train.py"), *overrides,
        f"paths.data_dir={options.data_dir.absolute()}", "data.download=false", f"paths.output_root={root}",
        "+callbacks.clock._target_=benchmarks.clock.Clock", f"+callbacks.clock.path={clock}",
    ]  # fmt: skip
    seconds = run(command)
    (directory,) = (root / "train").iterdir()
    result = json.loads((directory / "result.json").read_text())
    shutil.rmtree(root / "train")
    return {**result, **json.loads(clock.read_text()), "process_seconds": seconds}


def run_lesson(options: argparse.Namespace, *arguments: str) -> dict[str, Any]:
    """Run the lesson's program and return its epochs and the seconds of the process."""
    figures = runs_folder() / "lesson.json"
    command = [
        sys.executable, "-m", "benchmarks.lesson", *arguments, "--data-dir", str(options.data_dir.absolute()),
        "--workers", str(options.workers), "--json", str(figures),
    ]  # fmt: skip
    seconds = run(command)
    return {"epochs": json.loads(figures.read_text()), "process_seconds": seconds}


@functools.cache
def runs_folder() -> Path:
    """Return this benchmark's folder for runs, which is removed at its end."""
    folder = tempfile.mkdtemp(prefix="digitlab-benchmark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def run(command: Sequence[str]) -> float:
    """Run a command and return its seconds; one that fails ends the benchmark with the end of its complaint."""
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        complaint = (done.stderr.strip() or done.stdout.strip()).splitlines()
        sys.exit(f"benchmark: {' '.join(command)} failed: {complaint[-1] if complaint else done.returncode}")
    return seconds


def environment() -> dict[str, str]:
    """Return the environment of a process that may import ours and the benchmarks."""
    folders = [str(PROJECT_ROOT / "src"), str(PROJECT_ROOT / "scripts"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folder for folder in folders if folder)}

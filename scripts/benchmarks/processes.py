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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from digitlab.paths import PROJECT_ROOT

Watch = Callable[[int], None]
WATCH_EVERY = 0.05  # seconds

# What the lesson's program does, said to ours: all 60,000 images, Adam at 1e-3 and nothing else.
LESSONS_MATHEMATICS = (
    "optimizer=adam", "optimizer.lr=0.001", "scheduler=none", "trainer.gradient_clip_val=null", "data.batch_size=128",
    "data.val_share=null", "callbacks=no_validation", "monitor=train/loss",
)  # fmt: skip


def run_digitlab(
    options: argparse.Namespace,
    *overrides: str,
    watch: Watch | None = None,
    checkout: Path = PROJECT_ROOT,
    **clock: Any,
) -> dict[str, Any]:
    """Run our training command as a user would and return its result, its clock and the seconds of the process.

    All runs of a benchmark share one folder of runs, so it is the first that probes how to compute.

    Args:
        options: With `data_dir`.
        overrides: Of the command.
        watch: Is called with the number of the process repeatedly while it runs.
        checkout: Whose command it is: the root of this project, or of another version of it.
        clock: Arguments of `benchmarks.clock.Clock`.
    """
    root = runs_folder()
    fetch_nothing = [] if "data=idx" in overrides else ["data.download=false"]  # idx has no such key
    clock = {"_target_": "benchmarks.clock.Clock", "path": root / "clock.json", **clock}
    command = [
        sys.executable, str(checkout / "src" / "train.py"), *overrides, *fetch_nothing,
        f"paths.data_dir={options.data_dir.absolute()}", f"paths.output_root={root}",
        *(f"+callbacks.clock.{key}={value}" for key, value in clock.items()),
    ]  # fmt: skip
    started = time.time()
    seconds = run(command, watch=watch, checkout=checkout)
    (directory,) = (root / "train").iterdir()
    result = json.loads((directory / "result.json").read_text())
    shutil.rmtree(root / "train")
    read = json.loads(clock["path"].read_text())
    return {**result, **read, "process_seconds": seconds, "start_seconds": read["first_batch_at"] - started}


def run_lesson(options: argparse.Namespace, *arguments: str, watch: Watch | None = None) -> dict[str, Any]:
    """Run the lesson's program and return its epochs and the seconds of the process; `watch` as above."""
    figures = runs_folder() / "lesson.json"
    command = [
        sys.executable, "-m", "benchmarks.lesson", *arguments, "--data-dir", str(options.data_dir.absolute()),
        "--workers", str(options.workers), "--json", str(figures),
    ]  # fmt: skip
    seconds = run(command, watch=watch)
    return {**json.loads(figures.read_text()), "process_seconds": seconds}


@functools.cache
def runs_folder() -> Path:
    """Return this benchmark's folder for runs, which is removed at its end."""
    folder = tempfile.mkdtemp(prefix="digitlab-benchmark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def run(command: Sequence[str], expected: int = 0, watch: Watch | None = None, checkout: Path = PROJECT_ROOT) -> float:
    """Run a command and return its seconds; another exit code than expected ends the benchmark with its complaint."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=checkout, env=environment(checkout), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            while watch is not None and process.poll() is None:
                watch(process.pid)
                time.sleep(WATCH_EVERY)
            code = process.wait()
        except BaseException:  # Ctrl-C above all: nothing is left running
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - started
        output.seek(0)
        complaint = output.read().strip().splitlines()
    if code != expected:
        sys.exit(f"benchmark: {' '.join(command)} ended with {code}: {complaint[-1] if complaint else ''}")
    return seconds


def environment(checkout: Path = PROJECT_ROOT) -> dict[str, str]:
    """Return the environment of a process that may import a checkout and its benchmarks, and be handed their clock."""
    folders = [str(checkout / "src"), str(checkout / "scripts"), os.environ.get("PYTHONPATH", "")]
    allowed = ["benchmarks.", os.environ.get("DIGITLAB_ALLOWED_TARGETS", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, folders)),
        "DIGITLAB_ALLOWED_TARGETS": ",".join(filter(None, allowed)),
    }

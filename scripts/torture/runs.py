"""Small runs on the bundled digits, in processes of their own: start, watch, finish, resume."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from digitlab.paths import PROJECT_ROOT
from torture.states import equal, state_of

SETTINGS = (
    "data=digits", "model=mlp", "model.hidden_sizes=[16]", "trainer.max_epochs=12",
    "callbacks.early_stopping.patience=100", "logger=csv", "checkpoint_every.steps=7", "verbose=false",
    # auto would go by the clock, and remember its choice in each round's own folder
    "trainer.accelerator=cpu", "trainer.precision=32-true", "memory_format=contiguous",
)  # fmt: skip


def command(*arguments: str) -> list[str]:
    """Return a training command."""
    return [sys.executable, str(PROJECT_ROOT / "src" / "train.py"), *arguments]


def start(root: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """Start a run whose directory will be below `root`."""
    return subprocess.Popen(
        command(*SETTINGS, f"paths.output_root={root}"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a training command to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=600)


def only_run(root: Path) -> Path | None:
    """Return the run directory below `root`, if there is one yet."""
    runs = list((root / "train").glob("*")) if (root / "train").is_dir() else []
    return runs[0] if runs else None


def whole_run(root: Path, *settings: str) -> dict[str, Any]:
    """Return the state in which an undisturbed run ends."""
    done = finish(*SETTINGS, *settings, f"paths.output_root={root}")
    run = only_run(root)
    if done.returncode or run is None:
        sys.exit(f"a run that nobody disturbed failed:\n{done.stderr}")
    return state_of(run)


def wait_for_checkpoint(run: "subprocess.Popen[bytes]", root: Path) -> None:
    """Wait until a run has something to lose."""
    while run.poll() is None:
        directory = only_run(root)
        if directory is not None and (directory / "checkpoints" / "last.ckpt").exists():
            return
        time.sleep(0.005)


def resume_and_compare(root: Path, expected: dict[str, Any], number: int) -> str | None:
    """Resume the run below `root` to its end and return what differs, or `None`."""
    done = finish(f"resume={only_run(root)}")
    if done.returncode:
        return f"round {number}: resuming failed: {done.stderr.strip()}"
    run = only_run(root)
    return None if run is not None and equal(state_of(run), expected) else f"round {number}: other bits at the end"

"""What a result depends on beside its configuration: versions, hardware, the state of the source."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from digitlab.paths import PROJECT_ROOT
from digitlab.system.command_line import typed_arguments

PACKAGES = (
    "torch", "torchvision", "lightning", "torchmetrics", "hydra-core", "omegaconf", "numpy", "tensorboard",
    "scikit-learn", "matplotlib",
)  # fmt: skip


def describe_environment() -> dict[str, Any]:
    """Return versions, git state, hardware and what was typed as plain data."""
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git": _git_state(),
        "platform": platform.platform(),
        "processor": processor(),
        "cpu_count": os.cpu_count(),
        "arguments": typed_arguments(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_state() -> dict[str, Any] | None:
    """Return commit and whether files differ from it, or `None` outside a repository."""
    commit = _git("rev-parse", "HEAD")
    return None if commit is None else {"commit": commit, "dirty": bool(_git("status", "--porcelain"))}


def _git(*arguments: str) -> str | None:
    """Return what git says; it writes nothing, so that a run that is stopped meanwhile leaves no lock of its."""
    command = ["git", "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()

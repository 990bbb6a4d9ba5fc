"""What a result depends on beside its configuration: versions, hardware, the state of the source."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from digitlab.paths import PROJECT_ROOT

PACKAGES = (
    "torch",
    "torchvision",
    "lightning",
    "torchmetrics",
    "hydra-core",
    "omegaconf",
    "numpy",
    "tensorboard",
)


def describe_environment(device: torch.device, why: str) -> dict[str, Any]:
    """Return versions, git state, device and threads as plain data.

    Args:
        device: Where the network runs.
        why: Why there.
    """
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git": _git_state(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cpu_count": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "device": str(device),
        "device_name": torch.cuda.get_device_name(device) if device.type == "cuda" else _processor(),
        "device_reason": why,
        "arguments": sys.argv[1:],
    }


def device_reason(accelerator: str, device: torch.device) -> str:
    """Return in a few words why the work goes to `device`, for people who expected another."""
    if accelerator != "auto":
        return f"trainer.accelerator={accelerator}"
    if device.type != "cpu":
        return f"trainer.accelerator=auto found {device.type}"
    if not torch.backends.cuda.is_built():
        return "trainer.accelerator=auto: this torch is built without CUDA, and there is no MPS"
    return "trainer.accelerator=auto: torch sees no GPU on this machine"


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
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()

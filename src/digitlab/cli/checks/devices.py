"""Whether the device that is asked for can be there, without torch; what is not sure passes, and torch tells later."""

import ast
import ctypes
import os
import platform
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digitlab.errors import UserError

MEND = "use trainer.accelerator=auto or trainer.accelerator=cpu"
HIDDEN = ("", "-1")  # values of CUDA_VISIBLE_DEVICES that leave nothing


def check_device(trainer: Mapping[str, Any]) -> None:
    """Refuse an accelerator that cannot be there, and settings that need one.

    Args:
        trainer: The section, each of its values allowed.

    Raises:
        UserError: With the reason, and what to type instead.
    """
    accelerator, devices, precision = trainer["accelerator"], trainer["devices"], trainer["precision"]
    cuda, mps = why_no_cuda(), why_no_mps()
    reason = {"gpu": cuda and mps and cuda, "cuda": cuda, "mps": mps}.get(accelerator, "")
    if reason:
        raise UserError(f"trainer.accelerator={accelerator}: {reason}; {MEND}")
    if accelerator == "cpu" or (cuda and mps):
        if precision == "16-mixed":
            raise UserError("trainer.precision=16-mixed needs a GPU; on the CPU use 32-true or bf16-mixed")
        if isinstance(devices, list):
            raise UserError(f"trainer.devices must be a number of processes on the CPU, got {devices}; try 1")


def why_no_cuda() -> str:
    """Return why CUDA, or ROCm in its place, cannot be had here, or nothing if it may."""
    built = _torch_build()
    if built is not None and not (built.get("cuda") or built.get("hip")):
        return "this torch is built without CUDA"
    if os.environ.get("CUDA_VISIBLE_DEVICES") in HIDDEN:
        return "the environment variable CUDA_VISIBLE_DEVICES hides every GPU"
    if sys.platform == "linux" and built is not None and built.get("cuda") and not _has_library("libcuda.so.1"):
        return "this machine has no NVIDIA driver (libcuda.so.1)"
    return ""


def why_no_mps() -> str:
    """Return why there is no MPS here, or nothing if there may be."""
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return "" if apple else "only Apple's chips with macOS have it"


def _torch_build() -> dict[str, Any] | None:
    """Return the constants in torch's version.py, or `None` if they cannot be read."""
    spec = find_spec("torch")
    try:
        text = (Path(str(spec.origin)).parent / "version.py").read_text(encoding="utf-8") if spec else ""
        return {target: ast.literal_eval(value) for target, value in _constants(ast.parse(text))} or None
    except (OSError, ValueError, SyntaxError):
        return None


def _constants(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    pairs = []
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.expr):
            pairs.append((target.id, value))
    return pairs


def _has_library(name: str) -> bool:
    """Return whether the dynamic linker finds a library, in the way in which torch will look for it."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True

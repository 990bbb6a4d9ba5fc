"""Where the network runs, and why there."""

import os
from collections.abc import Mapping
from typing import Any

import torch

from digitlab.errors import UserError
from digitlab.runs.environment import processor
from digitlab.system.ranks import check_alone


def describe_device(device: torch.device, accelerator: str) -> dict[str, Any]:
    """Return the device, its name, why `trainer.accelerator` has led to it, and torch's threads as plain data."""
    return {
        "torch_threads": torch.get_num_threads(),
        "device": str(device),
        "device_name": torch.cuda.get_device_name(device) if device.type == "cuda" else processor(),
        "device_reason": _reason(device, accelerator),
    }


def _reason(device: torch.device, accelerator: str) -> str:
    """Return in a few words why the work goes to `device`, for people who expected another."""
    if accelerator != "auto":
        return f"trainer.accelerator={accelerator}"
    if device.type != "cpu":
        return f"trainer.accelerator=auto found {device.type}"
    return f"trainer.accelerator=auto: {_why_no_cuda()}"


def check_device(trainer: Mapping[str, Any]) -> None:
    """Refuse an accelerator that is not there, and what needs one.

    Args:
        trainer: The section.

    Raises:
        UserError: With what torch says about it.
    """
    accelerator, wanted = trainer["accelerator"], trainer["devices"]
    if wanted == 1 and trainer.get("num_nodes", 1) == 1:
        check_alone()
    mend = "use trainer.accelerator=auto or trainer.accelerator=cpu"
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if accelerator in ("gpu", "cuda") and not (cuda or (mps and accelerator == "gpu")):
        raise UserError(f"trainer.accelerator={accelerator}: {_why_no_cuda()}; {mend}")
    if accelerator == "mps" and not mps:
        raise UserError(f"trainer.accelerator=mps: only Apple's chips with macOS have it; {mend}")
    on_cpu = accelerator == "cpu" or not (cuda or mps)
    if on_cpu and trainer["precision"] in ("16-mixed", 16, "16"):
        raise UserError("trainer.precision=16-mixed needs a GPU; on the CPU use 32-true or bf16-mixed")
    if on_cpu and isinstance(wanted, list):
        raise UserError(f"trainer.devices must be a number of processes on the CPU, got {wanted}; try 1")
    available = torch.cuda.device_count() if cuda and accelerator != "cpu" else None
    if available is not None and isinstance(wanted, int) and wanted > available:
        raise UserError(f"trainer.devices must be 1..{available} on this machine, got {wanted}")


def _why_no_cuda() -> str:
    if not torch.backends.cuda.is_built():
        return "this torch is built without CUDA"
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return "the environment variable CUDA_VISIBLE_DEVICES hides every GPU"
    return "torch sees no GPU on this machine"

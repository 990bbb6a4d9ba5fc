"""Where the network runs, and why there."""

from typing import Any

import torch

from digitlab.runs.environment import processor


def describe_device(device: torch.device, why: str) -> dict[str, Any]:
    """Return the device, its name, the reason for it, and torch's threads as plain data."""
    return {
        "torch_threads": torch.get_num_threads(),
        "device": str(device),
        "device_name": torch.cuda.get_device_name(device) if device.type == "cuda" else processor(),
        "device_reason": why,
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

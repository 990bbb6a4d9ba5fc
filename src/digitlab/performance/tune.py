"""Where the settings say "auto" how to compute: decide, lay out the network, and put the answer into the settings."""

import hashlib
from functools import partial
from typing import Any

import torch
from lightning import LightningModule

from digitlab.module import DigitModule
from digitlab.nets.layout import CONTIGUOUS
from digitlab.paths import cache_dir
from digitlab.performance.autotune import AUTO, FULL, HALF, SHAPE, Tuning, choose
from digitlab.performance.autotune_cache import remember
from digitlab.runs.device import describe_device


def tune(settings: dict[str, Any], module: LightningModule) -> tuple[dict[str, Any], str]:
    """Return the settings with the precision and the memory format to train in, and why these.

    So the settings that a run leaves behind are those it ran with, and a resumed run does not choose anew. Nor does
    another run of the same network: a probe goes by the clock, and one seed must give one result.

    Args:
        settings: Of the run.
        module: New; its network is laid out for what is chosen. Only ours is probed.
    """
    trainer = settings["trainer"]
    precision, memory_format = trainer["precision"], settings["memory_format"]
    device = _device(trainer["accelerator"])
    if not isinstance(module, DigitModule):
        chosen = Tuning(FULL if precision == AUTO else precision, CONTIGUOUS, "your own module is not probed")
    elif AUTO not in (precision, memory_format):
        chosen = Tuning(precision, memory_format, "as configured")
    elif trainer["devices"] == 1 and trainer.get("num_nodes", 1) == 1:
        example, classes = module.example_input_array, settings["data"].get("num_classes") or 1
        shape = tuple(example.shape[1:]) if isinstance(example, torch.Tensor) else SHAPE
        probe = partial(choose, module.net, classes, device, precision, memory_format, shape)
        key = f"{_situation(module.net, device)}; {shape}; precision={precision}, memory_format={memory_format}"
        chosen = Tuning(*remember(cache_dir(), key, probe))
    else:
        half = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        chosen = Tuning(
            (HALF if half else FULL) if precision == AUTO else precision,
            CONTIGUOUS if memory_format == AUTO else memory_format,
            "several processes have to agree, so nothing is probed",
        )
    if isinstance(module, DigitModule):
        module.lay_out(chosen.memory_format)
    tuned = {
        **settings,
        "trainer": {**trainer, "precision": chosen.precision},
        "memory_format": chosen.memory_format,
    }
    return tuned, chosen.reason


def _situation(net: torch.nn.Module, device: torch.device) -> str:
    """Return what the speed of a network depends on, as a line."""
    facts = describe_device(device, AUTO)
    layers = hashlib.sha256(repr(net).encode()).hexdigest()[:12]
    threads, name = facts["torch_threads"], facts["device_name"]
    return f"{name}, {threads} threads, torch {torch.__version__}; {type(net).__name__} {layers}"


def _device(accelerator: str) -> torch.device:
    """Return the kind of device that Lightning will choose."""
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if accelerator != "cpu" and torch.backends.mps.is_available() else "cpu")

"""A network out of a file is built without memory first, and only as large as the file has weights for.

A few words can ask for terabytes, or for a hundred thousand layers that each take a moment.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from lightning import LightningModule
from torch.nn.modules import module as registration

from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.safe_instantiate import NETS, safe_instantiate
from digitlab.system.plain_data import plain

MOST_PARTS = 20_000  # layers, parameters and buffers of one network: a second of building; a ResNet-152 has 1,500
COPIES = 4  # of each weight while training: itself, its gradient, and two that Adam keeps
PARTS_PER_WEIGHT = 20  # of a network with few weights, whose other layers have none


@contextlib.contextmanager
def bounded_building(most: int = MOST_PARTS) -> Iterator[None]:
    """Refuse a network within the block as soon as it has more than `most` layers, parameters and buffers.

    Raises:
        UserError: That it has.
    """
    left = most

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise UserError(f"it has more than {most:,} layers and weights; give a smaller network")

    hooks = [
        register(count)
        for register in (
            registration.register_module_module_registration_hook,
            registration.register_module_parameter_registration_hook,
            registration.register_module_buffer_registration_hook,
        )
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def check_size(model: Mapping[str, Any]) -> None:
    """Refuse a network of ours that is larger than this machine, before memory is taken for it.

    Raises:
        UserError: With how much its weights and what training keeps for them would take.
    """
    with bounded_building(), torch.device("meta"):
        net = safe_instantiate(model, allowed=NETS)
    needed = COPIES * sum(parameter.nbytes for parameter in net.parameters())
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else needed
    if needed > there:
        raise UserError(
            f"model={model['_target_']} would take {needed / 1e9:,.0f} GB to train, and this machine has "
            f"{there / 1e9:,.0f} GB; give a smaller network"
        )


def build_without_memory(content: Mapping[str, Any]) -> DigitModule:
    """Return the module that a checkpoint describes, on the meta device, once its weights are known to fit it.

    Args:
        content: Of the checkpoint, with tensors or with what stands for them.

    Raises:
        RuntimeError: With the first weight that does not fit.
        ValueError: If the settings are not plain, not allowed, or ask for a network without end.
        TypeError: If they are not settings of a module.
    """
    state = content["state_dict"]
    settings = plain(content["hyper_parameters"])
    with bounded_building(min(MOST_PARTS, 500 + PARTS_PER_WEIGHT * len(state))), torch.device("meta"):
        module = DigitModule(**settings)
    check_fit(module, content)
    return module


def check_fit(module: LightningModule, content: Mapping[str, Any]) -> None:
    """Refuse weights of other names or shapes than the module's.

    Raises:
        RuntimeError: With the first difference.
    """
    expected, state = module.state_dict(), content["state_dict"]
    for name in [*expected, *state]:
        there, here = state.get(name), expected.get(name)
        if there is None or here is None or tuple(there.shape) != tuple(here.shape):
            shapes = ["nothing" if part is None else str(list(part.shape)) for part in (there, here)]
            raise RuntimeError(f"{name} is {shapes[0]} in the file and {shapes[1]} in the model")

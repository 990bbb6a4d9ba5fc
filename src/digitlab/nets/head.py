"""The head of a network: the linear layer that gives its logits. All below it are its features."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn


def find_head(net: nn.Module, predict: Callable[[], Tensor]) -> str | None:
    """Return the name of the linear layer whose output is the last in a prediction and has the shape of the logits.

    The order in which layers are called decides, and not that in which they were defined.

    Args:
        net: Any network.
        predict: Calls it once, in whatever way, and returns its logits `(B, num_classes)`.

    Returns:
        A name of `net.named_modules()`, or `None` if no linear layer was called or the last one gave something else.
    """
    called: list[tuple[str, torch.Size]] = []

    def note(name: str, layer: nn.Module, inputs: Any, output: Tensor) -> None:
        called.append((name, output.shape))

    hooks = [layer.register_forward_hook(partial(note, name)) for name, layer in linear_layers(net).items()]
    try:
        logits = predict()
    finally:
        for hook in hooks:
            hook.remove()
    return called[-1][0] if called and called[-1][1] == logits.shape else None


def linear_layers(net: nn.Module) -> dict[str, nn.Linear]:
    """Return the linear layers of a network by name, in the order in which they were defined."""
    return {name: layer for name, layer in net.named_modules() if isinstance(layer, nn.Linear)}


def split_parameters(net: nn.Module, head: str) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the parameters of the features and those of the head.

    Args:
        net: Any network.
        head: Name of a layer of it.
    """
    own = list(net.get_submodule(head).parameters())
    numbers = {id(parameter) for parameter in own}
    return [parameter for parameter in net.parameters() if id(parameter) not in numbers], own

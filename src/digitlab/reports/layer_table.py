"""The layers of the network with the shape of what each gives and its parameters, at the start of training."""

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn

from digitlab.reports.console import show_table

IMAGES = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)


def layer_rows(module: LightningModule) -> list[tuple[str, str, str, str]]:
    """Return (name, kind, output shape, parameters) for each layer of `module.net` in the order of the forward pass.

    The shapes are those of a real pass over two blank images, in eval mode, so that no statistic moves and no
    random number is drawn. The batch dimension is left out.
    """
    net = module.net
    assert isinstance(net, nn.Module)
    rows: list[tuple[str, str, str, str]] = []

    def remember(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        parameters = sum(parameter.numel() for parameter in layer.parameters())
        shape = " x ".join(str(side) for side in output.shape[1:])
        rows.append((names[layer], type(layer).__name__, shape, f"{parameters:,}" if parameters else ""))

    names = {layer: name for name, layer in net.named_modules() if not any(layer.children())}
    hooks = [layer.register_forward_hook(remember) for layer in names]
    modes = {part: part.training for part in module.modules()}
    try:
        with torch.no_grad():
            module.eval()(IMAGES.to(module.device))
    finally:
        for hook in hooks:
            hook.remove()
        for part, training in modes.items():
            part.training = training
    return rows


class LayerTable(Callback):
    """Prints the layers when training starts.

    Args:
        show: False prints nothing; within a sweep the same table would come again and again.
    """

    def __init__(self, show: bool = True) -> None:
        self.show = show

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the table, in one process only."""
        if self.show and trainer.is_global_zero:
            rows = layer_rows(pl_module)
            total = sum(parameter.numel() for parameter in pl_module.parameters())
            show_table("Layers", ("layer", "kind", "output", "parameters"), [*rows, ("", "", "", f"{total:,}")])

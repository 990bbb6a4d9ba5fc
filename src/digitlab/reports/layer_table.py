"""The layers of the network with the shape of what each gives and its parameters, at the start of training."""

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn

from digitlab.module import DigitModule
from digitlab.reports.console import console, show_table

IMAGES = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
POOL_FIRST = (
    "MaxPool stands before ReLU: max and ReLU commute, so the values are the same,\nand ReLU has {share} of the work."
)
Row = tuple[str, str, str, str]


def layer_rows(module: LightningModule) -> list[Row]:
    """Return (name, kind, output shape, parameters) for each layer in the order of the forward pass.

    The shapes are those of a real pass over two blank images, in eval mode, so that no statistic moves and no
    random number is drawn. The batch dimension is left out. A module of somebody's own says in its
    `example_input_array` what it takes; without one the layers stand in their order in the module, without shapes.
    """
    example = module.example_input_array
    if example is None and isinstance(module, DigitModule):
        example = IMAGES
    net = module.net if isinstance(module, DigitModule) else module
    assert isinstance(net, nn.Module)
    names = {layer: name for name, layer in net.named_modules() if not any(layer.children())}
    if not isinstance(example, Tensor):
        return [_row(name, layer, None) for layer, name in names.items()]
    rows: list[Row] = []

    def remember(layer: nn.Module, inputs: tuple[Tensor, ...], output: object) -> None:
        rows.append(_row(names[layer], layer, output))

    hooks = [layer.register_forward_hook(remember) for layer in names]
    modes = {part: part.training for part in module.modules()}
    try:
        with torch.no_grad():
            module.eval()(example.to(module.device))
    finally:
        for hook in hooks:
            hook.remove()
        for part, training in modes.items():
            part.training = training
    return rows


def _row(name: str, layer: nn.Module, output: object) -> Row:
    parameters = sum(parameter.numel() for parameter in layer.parameters())
    shape = " x ".join(str(side) for side in output.shape[1:]) if isinstance(output, Tensor) else ""
    return name, type(layer).__name__, shape, f"{parameters:,}" if parameters else ""


def pooling_note(rows: list[Row]) -> str | None:
    """Return why a MaxPool stands before its ReLU, where one does."""
    for before, pool, after in zip(rows, rows[1:], rows[2:], strict=False):
        if pool[1].startswith("MaxPool") and after[1] == "ReLU" and before[2] and pool[2]:
            times = _size(before) // _size(pool)
            return POOL_FIRST.format(share="a quarter" if times == 4 else f"1/{times}")
    return None


def _size(row: Row) -> int:
    return torch.Size(int(side) for side in row[2].split(" x ")).numel()


class LayerTable(Callback):
    """Prints the layers when training starts.

    Args:
        show: False prints nothing; within a sweep the same table would come with every job.
    """

    def __init__(self, show: bool = True) -> None:
        self.show = show

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the table, in one process only."""
        if self.show and trainer.is_global_zero:
            rows = layer_rows(pl_module)
            total = sum(parameter.numel() for parameter in pl_module.parameters())
            show_table("Layers", ("layer", "kind", "output", "parameters"), [*rows, ("", "", "", f"{total:,}")])
            note = pooling_note(rows)
            if note is not None:
                console.print(note)

"""One look at a training step: gradients, updates and units, measured on the device and read off it once."""

from typing import Any

import torch
from lightning import LightningModule, Trainer
from torch import Tensor, nn
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


class Look:
    """Gradients and weights of one step, of all its optimizers.

    Nothing is read off a GPU before `read`, and nothing is changed.
    """

    def __init__(self) -> None:
        self._seen: list[int] = []
        self._norms: list[Tensor] = []
        self._weights: list[tuple[list[Tensor], list[Tensor]]] = []  # themselves, and copies from before the step
        self.rate = 0.0

    @property
    def taken(self) -> bool:
        """Return whether there is something to read."""
        return bool(self._norms)

    @torch.no_grad()
    def before_step(self, trainer: Trainer, optimizer: Optimizer) -> None:
        """Measure gradients, not yet clipped, and keep the weights; the first time in a step for each optimizer."""
        if id(optimizer) in self._seen:  # LBFGS computes gradients several times
            return
        self._seen.append(id(optimizer))
        self.rate = max(self.rate, *(float(group["lr"]) for group in optimizer.param_groups))
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        parameters = [one for one in parameters if one.grad is not None and not one.grad.is_sparse]
        if not parameters:
            return
        norm = get_total_norm([one.grad for one in parameters if one.grad is not None])
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        if scaler is not None and getattr(optimizer, "_step_supports_amp_scaling", False):  # which unscales in its step
            norm = norm / scaler.get_scale()
        self._norms.append(norm)
        matrices = [one.detach() for one in parameters if one.ndim > 1]
        self._weights.append((matrices, [one.clone() for one in matrices]))

    @torch.no_grad()
    def read(self) -> tuple[float, float | None]:
        """Return the norm of all gradients, and how far the step moved the weight matrices as a share of their norm."""
        numbers = [*self._norms]
        for now, before in self._weights:
            if now:
                moved = get_total_norm([one - old for one, old in zip(now, before, strict=True)])
                numbers += [moved, get_total_norm(before)]
        device = numbers[0].device
        values = torch.stack([number.to(device).double() for number in numbers]).tolist()
        norms, rest = values[: len(self._norms)], values[len(self._norms) :]
        moved, size = (sum(part**2 for part in rest[start::2]) ** 0.5 for start in (0, 1))
        return sum(norm**2 for norm in norms) ** 0.5, moved / size if size > 0 else None


class Units:
    """Which units of each layer gave something else than zero, over several batches.

    A unit is an output of a linear layer or a channel of a convolution; it is looked at where it enters the next layer
    with weights, behind whatever is between them.

    Args:
        module: Whose layers are watched while `watching`.
    """

    def __init__(self, module: LightningModule) -> None:
        self._layers: dict[nn.Module, str] = {
            layer: name for name, layer in module.named_modules() if isinstance(layer, WEIGHTED)
        }
        self._alive: dict[str, Tensor] = {}
        self._handles: list[RemovableHandle] = []
        self._last: nn.Module | None = None
        self.images = 0

    def watch(self) -> None:
        """Look at the forward passes from here on."""
        self._last = None
        if not self._handles:
            self._handles = [layer.register_forward_pre_hook(self._look) for layer in self._layers]

    def stop(self) -> None:
        """Look no longer."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def reset(self) -> None:
        """Forget what was seen."""
        self._alive, self.images = {}, 0

    def dead(self) -> dict[str, float]:
        """Return the share of units that were zero throughout, for each layer that was seen."""
        return {name: 1 - float(alive.float().mean()) for name, alive in self._alive.items()}

    @torch.no_grad()
    def _look(self, layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        before, self._last = self._last, layer
        numbers = inputs[0] if inputs else None
        if not isinstance(numbers, Tensor) or numbers.ndim < 2:
            return
        if before is None:
            self.images += len(numbers)
            return
        units = int(getattr(before, "out_features", getattr(before, "out_channels", 0)))
        across = numbers.shape[-1] if isinstance(layer, nn.Linear) else numbers.shape[1]
        if not units or across % units:
            return
        if isinstance(layer, nn.Linear):  # of a flattened image each channel has several numbers
            by_unit = numbers.detach().reshape(-1, units, across // units)
        elif across == units:
            by_unit = numbers.detach().flatten(2)
        else:
            return
        # Lowest and highest take a tenth of the time that comparing each number with 0 takes.
        alive = (by_unit.amax(dim=2).amax(dim=0) != 0) | (by_unit.amin(dim=2).amin(dim=0) != 0)
        name = self._layers[before]
        self._alive[name] = self._alive[name] | alive if name in self._alive else alive

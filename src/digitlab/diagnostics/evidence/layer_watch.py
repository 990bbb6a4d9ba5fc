"""Watch what goes into the layers of a module, and into the first of them, by hooks."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from digitlab.diagnostics.evidence.batches import tensors_in
from digitlab.diagnostics.evidence.layers import Layer, by_samples, measured
from digitlab.diagnostics.evidence.views import View

LOOKS = 20  # at the first layer, in a validation


class LayerWatch:
    """Looks at every layer with weights in training, and at the images as the first of them gets them.

    Args:
        module: Whose layers are watched.
        closely: Returns whether the step under way is one to look at.

    Attributes:
        layers: What was seen of each in training, by name, in the order in which they ran.
        validation_inputs: What the first layer got in the last validation; `None` before it.
        views: The first images as the first layer gets them, "train" and "val".
        not_in_training: Names of dropout and BatchNorm layers that were in evaluation mode while training.
        not_in_evaluation: Of those that were in training mode while validating.
    """

    def __init__(self, module: nn.Module, closely: Callable[[], bool]) -> None:
        self.layers: dict[str, Layer] = {}
        self.validation_inputs: Layer | None = None
        self.views = {"train": View(), "val": View()}
        self.not_in_training: set[str] = set()
        self.not_in_evaluation: set[str] = set()
        self._closely, self._validating = closely, False
        self._images: Tensor | None = None
        self._labels: Tensor | None = None
        self._firsts: dict[str, int] = {}  # layers that get images in training, and how sure that is
        self._met: set[bool] = set()  # whether layers without and with gradients have run for this batch
        self._modes = by_samples(module)
        self._meant = {name for name in self._modes if _is_frozen(module.get_submodule(name.rpartition(".")[0]))}
        self._handles = [
            layer.register_forward_hook(self._hook(name, type(layer).__name__))
            for name, layer in measured(module).items()
        ]

    def expect(self, images: Tensor | None, labels: Tensor | None, validating: bool) -> None:
        """Begin a batch."""
        self._images, self._labels, self._validating, self._met = images, labels, validating, set()
        self.look_at_modes()

    def look_at_modes(self) -> None:
        """Note which layers are in the wrong mode; frozen ones stay in evaluation mode by intention."""
        if self._validating:
            self.not_in_evaluation |= {name for name, layer in self._modes.items() if layer.training}
        else:
            still = {name for name, layer in self._modes.items() if not layer.training}
            self.not_in_training |= still - self._meant

    def begin_validation(self) -> None:
        """Look anew at what the first layer gets."""
        self.validation_inputs = Layer("validation", "inputs")

    @property
    def first(self) -> str:
        """Return the name of the first layer that gets images."""
        return max(self._firsts, key=lambda name: self._firsts[name], default="")

    @property
    def inputs(self) -> Layer | None:
        """Return what was seen of the images as the first layer gets them in training."""
        return self.layers.get(self.first)

    def _hook(self, name: str, kind: str) -> Any:
        def look(layer: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
            output = next(tensors_in(output), None)
            if not arguments or not isinstance(arguments[0], Tensor) or output is None:
                return
            given, is_trained = arguments[0], any(one.requires_grad for one in layer.parameters())
            graded = is_trained or torch.is_grad_enabled()
            gets_images = graded not in self._met and _as_many(given, self._images)
            self._met.add(graded)
            if self._validating:
                if gets_images:
                    self.views["val"].add(given, self._labels)
                    if self.validation_inputs is not None and len(self.validation_inputs.mean) < LOOKS:
                        self.validation_inputs.look(given, output)
                return
            if gets_images and name not in self._firsts:  # a teacher gets them, too, without gradients
                same = self._images is not None and torch.equal(given.flatten(), self._images.flatten())
                self._firsts[name] = 2 * same + graded
            if name == self.first and gets_images:
                self.views["train"].add(given, self._labels)
            if (layer.training or is_trained or name == self.first) and self._closely():
                self.layers.setdefault(name, Layer(name, kind)).look(
                    given, output, 0 if self._images is None else len(self._images)
                )

        return look

    def close(self) -> None:
        """Remove the hooks."""
        for handle in self._handles:
            handle.remove()


def _as_many(given: Tensor, images: Tensor | None) -> bool:
    """Return whether a layer gets as many numbers as there are, or pictures of another size or number of colours."""
    if images is None or len(given) != len(images):
        return False
    pictures = given.ndim == 4 and images.ndim >= 3 and given.shape[1] in (1, 3, images.shape[1])
    return pictures or given.numel() == images.numel()


def _is_frozen(part: nn.Module) -> bool:
    parameters = list(part.parameters())
    return bool(parameters) and not any(one.requires_grad for one in parameters)

"""Find the scores of a network: the last `(B, C)` that any module gives before the loss."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from torchmetrics import Metric

from digitlab.diagnostics.evidence.batches import tensors_in


@dataclass
class Call:
    """What gave the scores.

    Attributes:
        network: The module; it can be called anew.
        arguments: What it was called with.
        scores: What it gave, `(B, C)`.
        state: Of the network at that time.
    """

    network: nn.Module
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    scores: Tensor
    state: dict[str, Tensor] = field(default_factory=dict)


class ScoresFinder:
    """Watches every module of a LightningModule for what could be scores of a batch of `size` images."""

    def __init__(self, module: LightningModule) -> None:
        self.size, self.classes = 0, 0
        self.call: Call | None = None
        self._handles: list[RemovableHandle] = [
            one.register_forward_hook(self._saw, with_kwargs=True)
            for one in module.modules()
            if not isinstance(one, Metric)
        ]

    def expect(self, images: Tensor | None, labels: Tensor | None) -> None:
        """Begin a batch."""
        self.size = 0 if images is None else len(images)
        if labels is not None and len(labels):
            self.classes = max(self.classes, int(labels.max()) + 1, 0)
        self.call = None

    def _saw(self, network: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any], output: Any) -> None:
        rows = [
            one for one in tensors_in(output) if one.ndim == 2 and len(one) == self.size and one.is_floating_point()
        ]
        # Of several in one output, features beside scores say, the one for the classes, or else the narrowest.
        scores = max(rows, key=lambda one: (*self._rank(one), -one.shape[1]), default=None)
        if scores is not None and (self.call is None or self._rank(scores) >= self._rank(self.call.scores)):
            self.call = Call(network, arguments, keywords, scores)

    def _rank(self, scores: Tensor) -> tuple[bool, bool]:
        """Return what makes scores likelier: gradients, which a teacher's have not, and one for each class."""
        width = scores.shape[1]
        return scores.requires_grad, width == self.classes or (width == 1 and self.classes == 2)

    def close(self) -> None:
        """Remove the hooks."""
        for handle in self._handles:
            handle.remove()


def call_anew(call: Call, arguments: Sequence[Any] | None = None) -> Tensor:
    """Return the scores of the same network for the same, or for other, arguments, without gradients."""
    with torch.no_grad():
        output = call.network(*(call.arguments if arguments is None else arguments), **call.keywords)
    return next(one for one in tensors_in(output) if one.ndim == 2 and one.shape[1] == call.scores.shape[1])


def rows_of(scores: Tensor) -> Tensor:
    """Return scores `(B, C)` in float32; of one number for two classes, as a sigmoid takes it, both."""
    scores = scores.detach().float()
    return torch.cat([torch.zeros_like(scores), scores], dim=1) if scores.shape[1] == 1 else scores


def fit(labels: Tensor, scores: Tensor) -> bool:
    """Return whether there is a score for each label."""
    return len(labels) == len(scores) > 0 and int(labels.min()) >= 0 and int(labels.max()) < scores.shape[1]


def strangers_in(scores: Tensor, known: Iterable[Tensor]) -> list[tuple[int, ...]]:
    """Return the shapes of the weights that scores depend on and that are not among the known ones.

    They are the leaves of autograd's graph: layers in a plain list, say, which the module does not know of.
    """
    ours, found, seen = {id(one) for one in known}, [], set()
    left = [scores.grad_fn]
    while left:
        node = left.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, nn.Parameter) and id(leaf) not in ours:
            found.append(tuple(leaf.shape))
        left += [parent for parent, _ in node.next_functions]
    return found


def accuracy_of(module: nn.Module, calls: Iterable[tuple[Call, Tensor]]) -> float | None:
    """Return the accuracy on batches that a module was called with, in evaluation mode; `None` if it cannot be told.

    Against validation, this is a fair comparison: dropout is off, and BatchNorm has the same statistics, however far
    they lag behind.
    """
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    right = images = 0
    try:
        for call, labels in calls:
            scores = rows_of(call_anew(call)).cpu()
            right, images = right + int((scores.argmax(dim=1) == labels).sum()), images + len(labels)
    except Exception:  # of a network that cannot be called by itself
        return None
    finally:
        for part, mode in modes:
            part.training = mode
    return right / images if images else None

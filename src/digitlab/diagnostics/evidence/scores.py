"""The scores of a network, `(B, C)`, and what can be done with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from digitlab.diagnostics.evidence.batches import tensors_in


@dataclass
class Call:
    """What gave the scores.

    Attributes:
        network: The module; it can be called anew. `None` if the scores came from no module of their own.
        arguments: What it was called with.
        scores: What it gave, `(B, C)`.
        state: Of the network at that time.
        given: The scores as they came, `(B, C, 1, 1)` say, if in another shape.
    """

    network: nn.Module | None
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    scores: Tensor
    state: dict[str, Tensor] = field(default_factory=dict)
    given: Tensor | None = None


def call_anew(call: Call, arguments: Sequence[Any] | None = None) -> Tensor:
    """Return the scores of the same network for the same, or for other, arguments, without gradients."""
    if call.network is None:
        raise ValueError("these scores come from no module of their own")
    with torch.no_grad():
        output = call.network(*(call.arguments if arguments is None else arguments), **call.keywords)
    return next(rows for one in tensors_in(output) if (rows := as_rows(one)).shape[1:] == call.scores.shape[1:])


def as_rows(given: Tensor) -> Tensor:
    """Return `(B, C, 1, 1)` as `(B, C)`, and everything else as it is."""
    return given.flatten(1) if given.ndim > 2 and given[0].numel() == given.shape[1] else given


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

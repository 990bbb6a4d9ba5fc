"""torch's autograd beside our backward passes, and the lesson's way to lose a gradient on the way to the GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.module import Array
from digitlab.baseline.nets import lesson_mlp
from digitlab.baseline_experiments.outcome import Bound, Outcome, Table

if TYPE_CHECKING:
    import torch

ALLOWED = 1e-9  # of a parameter's gradient, as a share of the net's largest


@dataclass(frozen=True)
class Story:
    """All gradients of the lesson's MLP, ours and torch's, `(235,914,)`; and what became of W on its way."""

    ours: Array
    torchs: Array
    moved: list[tuple[str, bool, bool]]


def run(*, batch_size: int, seed: int) -> Outcome:
    """Compare gradients, then move a weight in three ways and see which of them still learns.

    Args:
        batch_size: Random images for the comparison.
        seed: Of images, labels and weights.
    """
    small = lesson_snippet(seed)
    ours, torchs = whole_mlp(batch_size, seed)
    moved = move_weight()
    largest = float(np.abs(torchs).max())
    error = float(np.abs(ours - torchs).max()) / largest
    names = ("W.to(device), as in the lesson", "made on the device", "W.detach().to(device).requires_grad_()")
    rows = [(name, str(leaf), str(learns)) for name, (_, leaf, learns) in zip(names, moved, strict=True)]
    return Outcome(
        summary=f"autograd: {ours.size:,} gradients of the lesson's MLP are torch's to {error:.1e} of the largest; "
        "W.to(device) has no .grad, a leaf has",
        figures={"snippet_difference": small, "mlp_relative_error": error, "mlp_gradients": ours.size},
        metrics=[{"way": way, "is_leaf": leaf, "has_grad": learns} for way, leaf, learns in moved],
        bounds=[
            Bound("difference in the lesson's snippet", small, at_most=1e-12),
            Bound("relative error over the whole MLP", error, at_most=ALLOWED),
            Bound("ways of moving W that keep its gradient, of 3", sum(learns for *_, learns in moved), 2, 2),
        ],
        story=Story(ours, torchs, moved),
        tables=[Table("After loss.backward()", ("where W comes from", "is a leaf", "has .grad"), rows)],
    )


def lesson_snippet(seed: int) -> float:
    """Return the largest difference between our gradients of W and b and torch's, for loss = Σ (x W + b)."""
    import torch

    layer = Linear(3, 4, rng=np.random.default_rng(seed))
    x = np.array([[1.0, 2.0, 3.0]])
    layer.forward(x)
    layer.backward(np.ones((1, 4)))  # the derivative of a sum
    weight = torch.tensor(layer.weight.data.T, requires_grad=True)  # the lesson keeps W as (in, out)
    bias = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    (torch.tensor(x) @ weight + bias).sum().backward()
    assert weight.grad is not None
    assert bias.grad is not None
    assert layer.bias is not None
    of_weight = np.abs(layer.weight.grad.T - weight.grad.numpy()).max()
    return float(max(of_weight, np.abs(layer.bias.grad - bias.grad.numpy()).max()))


def whole_mlp(batch_size: int, seed: int) -> tuple[Array, Array]:
    """Return all gradients of the lesson's MLP without dropout, ours and torch's, from the same weights in float64."""
    import torch

    from digitlab.nets import MLP

    rng = np.random.default_rng(seed)
    images, labels = rng.normal(size=(batch_size, 1, 28, 28)), rng.integers(0, 10, batch_size)
    ours, theirs = lesson_mlp(rng, dropout=0.0), MLP(dropout=0.0).double()
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    ours.backward_parameters(cross_entropy(ours.forward(images), labels)[1])
    torch.nn.functional.cross_entropy(theirs(torch.from_numpy(images)), torch.from_numpy(labels)).backward()
    torchs = [parameter.grad for parameter in theirs.parameters() if parameter.grad is not None]
    return (
        np.concatenate([parameter.grad.ravel() for parameter in ours.parameters()]),
        np.concatenate([gradient.numpy().ravel() for gradient in torchs]),
    )


def move_weight() -> list[tuple[str, bool, bool]]:
    """Return for three ways to get a weight onto another device: its name, whether it is a leaf, whether it learns.

    `W.to(device)` is an operation like any other: its result is computed from W, so `backward` hands the gradient on
    to the W that was left behind, and the name W now stands for a tensor whose `.grad` stays None. On a machine without
    a GPU nothing is moved, the same W comes back, and the fault sleeps. A change of type stands here for the change of
    device, since it needs no second device and makes a new tensor in the same way.
    """
    import torch

    def learns(weight: torch.Tensor) -> tuple[bool, bool]:
        (torch.ones(1, 3, dtype=torch.float64) @ weight).sum().backward()
        return weight.is_leaf, weight.is_leaf and weight.grad is not None

    there = torch.float64
    start = torch.randn(3, 4, requires_grad=True)
    return [
        ("W.to(there)", *learns(start.to(there))),
        ("made there", *learns(torch.randn(3, 4, dtype=there, requires_grad=True))),
        ("W.detach().to(there).requires_grad_()", *learns(start.detach().to(there).requires_grad_())),
    ]

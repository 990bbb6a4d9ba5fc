"""How the weights of a module move: in a step, between epochs, in a validation, in all."""

import math

import torch
from lightning import LightningModule
from torch import Tensor, nn

from digitlab.diagnostics.evidence.layers import BATCH_NORMS, norm


class Weights:
    """The parameters of a module, and what they were.

    Attributes:
        named: The parameters by name.
        between_epochs: By which share of its norm a matrix changed after an epoch and before the next step, at most.
        by_evaluation: Names of parameters and running statistics that a validation has changed.
    """

    def __init__(self, module: LightningModule) -> None:
        self.named: dict[str, nn.Parameter] = dict(module.named_parameters())
        self.between_epochs: dict[str, float] = {}
        self.by_evaluation: set[str] = set()
        self._initial = self._copies()
        self._before_step: dict[str, Tensor] = {}
        self._at_epoch_end: dict[str, Tensor] = {}
        self._before_evaluation: dict[str, Tensor] = {}
        norms = tuple(f"{name}." for name, part in module.named_modules() if isinstance(part, BATCH_NORMS))
        buffers = module.named_buffers()
        self._statistics = {name: value for name, value in buffers if norms and name.startswith(norms)}

    def _copies(self) -> dict[str, Tensor]:
        return {name: one.detach().clone() for name, one in self.named.items()}

    def keep(self) -> None:
        """Keep what they are before a step."""
        self._before_step = self._before_step or self._copies()

    def updates(self) -> dict[str, float]:
        """Return by which share of its norm each has changed since it was kept; nothing if none was."""
        changes = {name: self._change(name, before) for name, before in self._before_step.items()}
        self._before_step = {}
        return changes

    def _change(self, name: str, before: Tensor) -> float:
        size = float(before.float().norm())
        change = float((self.named[name].detach() - before).float().norm())
        return change / size if size > 0 else (math.inf if change > 0 else 0.0)

    def end_epoch(self) -> None:
        """Keep what an epoch leaves."""
        self._at_epoch_end = {name: one.detach().clone() for name, one in self.named.items() if one.ndim >= 2}

    def begin_step(self) -> None:
        """Note what has changed since an epoch ended."""
        for name, before in self._at_epoch_end.items():
            self.between_epochs[name] = max(self._change(name, before), self.between_epochs.get(name, 0.0))
        self._at_epoch_end = {}

    def begin_evaluation(self) -> None:
        """Keep what a validation finds."""
        self._before_evaluation = {**self._copies(), **{name: one.clone() for name, one in self._statistics.items()}}

    def end_evaluation(self) -> None:
        """Note what a validation has changed."""
        now: dict[str, Tensor] = {**self.named, **self._statistics}
        self.by_evaluation |= {name for name, was in self._before_evaluation.items() if not _same(now[name], was)}

    def names(self, ids: set[int]) -> set[str]:
        """Return the names of the parameters with these ids."""
        return {name for name, one in self.named.items() if id(one) in ids}

    def still(self) -> list[str]:
        """Return the names of the matrices that are as they were at the beginning."""
        return [name for name, one in self.named.items() if one.ndim >= 2 and self._is_as_it_was(name)]

    def moved(self) -> bool:
        """Return whether any has changed since the beginning."""
        return not all(map(self._is_as_it_was, self.named))

    def shrunk_to(self) -> float:
        """Return the norm of all matrices over that at the beginning."""
        matrices = [name for name, one in self.named.items() if one.ndim >= 2]
        before = norm([self._initial[name] for name in matrices])
        return norm([self.named[name] for name in matrices]) / before if before > 0 else math.inf

    def _is_as_it_was(self, name: str) -> bool:
        return torch.equal(self.named[name].detach(), self._initial[name])


def _same(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors hold the same numbers; NaN is like NaN here."""
    return bool(((one == other) | (one.isnan() & other.isnan())).all())

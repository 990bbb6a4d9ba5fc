"""Find the scores of a network: the last `(B, C)` that any module gives before the loss, or what the loss is given."""

import contextlib
from functools import wraps
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from torchmetrics import Metric

from digitlab.diagnostics.evidence.batches import tensors_in
from digitlab.diagnostics.evidence.loss_inputs import LossInputs
from digitlab.diagnostics.evidence.scores import Call, as_rows, rows_of

VIEWS = 4  # rows for an image, at most


class ScoresFinder:
    """Watches every module of a LightningModule, and torch's losses, for what could be scores of a batch of images."""

    def __init__(self, module: LightningModule) -> None:
        self._size, self._classes, self._training = 0, 0, True
        self._module, self._losses = module, LossInputs()
        self._call: Call | None = None
        self._without_module = False  # whether the scores came from a loss when they were first found
        self._rows: dict[nn.Module, list[Tensor]] = {}  # that each module gave for the batch
        self._ran: set[nn.Module] = {module}
        self._validated: set[nn.Module] = set()
        self._without_gradients: set[nn.Module] = set()
        self._learning: set[nn.Module] = set()
        self._handles: list[RemovableHandle] = [
            one.register_forward_hook(self._saw, with_kwargs=True)
            for one in module.modules()
            if not isinstance(one, Metric)
        ]
        self._losses_needed, self._known = True, False  # for good after the first scores
        self._steps: dict[str, Any] = {}  # what the module itself, not its class, had under these names
        for name in ("training_step", "validation_step"):
            self._watch_losses(name)

    @property
    def reproduces(self) -> bool:
        """Return whether a loss compares with the images themselves, as an autoencoder's does."""
        return self._losses.reproduces

    def _watch_losses(self, name: str) -> None:
        """Look at what a step gives to losses, as long as it is needed: it makes every operation slower."""
        step = getattr(self._module, name)
        self._steps[name] = self._module.__dict__.get(name)

        @wraps(step)
        def watched(*arguments: Any, **keywords: Any) -> Any:
            with self._losses if self._losses_needed else contextlib.nullcontext():
                return step(*arguments, **keywords)

        setattr(self._module, name, watched)

    def expect(self, images: Tensor | None, labels: Tensor | None, training: bool) -> None:
        """Begin a batch."""
        self._size, self._training = 0 if images is None else len(images), training
        if labels is not None and len(labels):
            self._classes = max(self._classes, int(labels.max()) + 1, 0)
        self._call, self._rows = None, {}
        self._losses.expect(0 if images is None else images.numel())

    def _saw(self, network: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any], output: Any) -> None:
        (self._ran if self._training else self._validated).add(network)
        every = [(as_rows(one), one) for one in tensors_in(output) if one.is_floating_point() and one.numel()]
        rows = [one for one in every if one[0].ndim == 2 and self._fits(one[0])]
        if not rows:
            return
        # Of several in one output, features beside scores say, the one for the classes, or else the narrowest.
        scores, given = max(rows, key=lambda one: (*self._rank(one[0]), -one[0].shape[1]))
        if self._training and self._wide(scores):
            (self._learning if scores.requires_grad else self._without_gradients).add(network)
        if self._call is None or self._rank(scores) >= self._rank(self._call.scores):
            self._rows.setdefault(network, []).append(scores)
            self._call = Call(network, arguments, keywords, scores, given=given)

    def _fits(self, rows: Tensor) -> bool:
        """Return whether there is a row for each image, or several for each, as for two views of it."""
        return self._size > 0 and len(rows) % self._size == 0 and 0 < len(rows) <= VIEWS * self._size

    def _rank(self, scores: Tensor) -> tuple[bool, bool, bool]:
        """Return what makes scores likelier: gradients, which a teacher's have not; one for each class; each image."""
        return scores.requires_grad, self._wide(scores), len(scores) == self._size

    def _wide(self, scores: Tensor) -> bool:
        return scores.shape[1] == self._classes or (scores.shape[1] == 1 and self._classes == 2)

    def found(self) -> Call | None:
        """Return what gave the scores of the batch; if no module gives one for each class, what a loss was given."""
        call, given = None if self._without_module else self._call, self._losses.scores
        if given is not None and (call is None or (self._wide(given) and call.scores.shape[1] != given.shape[1])):
            call = Call(None, (), {}, given)
        if call is not None and self._training and not self._known:
            self._known = True
            self._without_module = call.network is None
            self._losses_needed = self._without_module or len(call.scores) != self._size or len(self._looks(call)) > 1
        return call

    def labels(self, of_batch: Tensor | None, scores: Tensor) -> Tensor | None:
        """Return the labels of scores: those of the batch, or those of the loss, which knows of several views."""
        call, given = self._call, self._losses.labels
        several = call is not None and len(self._looks(call)) > 1 and self._losses.scores is call.scores
        if of_batch is not None and len(of_batch) == len(scores) and (given is None or not several):
            return of_batch
        return None if given is None else given.detach().cpu()

    def _looks(self, call: Call) -> list[Tensor]:
        """Return the scores that a network gave each time that it was called for the batch."""
        if call.network is None:
            return [call.scores]
        return [one for one in self._rows[call.network] if one.shape == call.scores.shape]

    def mean_scores(self) -> Tensor | None:
        """Return the scores of the batch on the CPU; of several looks at each image, the logarithm of the mean share.

        Means over augmented images or over dropout are such looks.
        """
        call = self.found()
        if call is None:
            return None
        looks = [rows_of(one).cpu() for one in self._looks(call)]
        return looks[0] if len(looks) == 1 else torch.stack([one.softmax(dim=1) for one in looks]).mean(dim=0).log()

    def taught(self) -> set[int]:
        """Return the ids of parameters of modules that only ever gave scores without gradients, as a teacher does."""
        teachers = self._without_gradients - self._learning
        return {id(one) for part in teachers for one in part.parameters()}

    def ran(self) -> set[int]:
        """Return the ids of parameters of modules that ran in a step of training."""
        return {id(one) for part in self._ran for one in part.parameters(recurse=False)}

    def validated(self) -> set[int]:
        """Return the ids of parameters of modules that ran in validation."""
        return {id(one) for part in self._validated for one in part.parameters(recurse=False)}

    def close(self) -> None:
        """Remove the hooks, and give the steps back."""
        for handle in self._handles:
            handle.remove()
        for name, own in self._steps.items():
            delattr(self._module, name)
            if own is not None:
                setattr(self._module, name, own)
        self._steps = {}

"""Watch a training step by step, whoever wrote it: a callback that changes nothing."""

import math
import time
from collections import deque
from functools import wraps
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.nn.functional import cross_entropy, softmax
from torch.optim import Optimizer

from digitlab.diagnostics.evidence.batches import images_of, labels_of
from digitlab.diagnostics.evidence.layer_watch import LayerWatch
from digitlab.diagnostics.evidence.layers import Layer, norm
from digitlab.diagnostics.evidence.losses import mistake
from digitlab.diagnostics.evidence.records import Evaluated, Step
from digitlab.diagnostics.evidence.scores import Call, accuracy_of, fit, rows_of, strangers_in
from digitlab.diagnostics.evidence.scores_finder import ScoresFinder
from digitlab.diagnostics.evidence.weights import Weights

CLOSE = 20  # steps at the start of a training that are measured layer by layer; later every CLOSE-th
FITTED = 8  # training batches that are looked at once more in the end


class Recorder(Callback):
    """Records a training, and ends it after so many steps or seconds, with a validation.

    Args:
        steps: At most so many.
        seconds: At most so long.
        closely: Whether to look at layers, gradients and updates.
    """

    def __init__(self, steps: int, seconds: float, closely: bool = True) -> None:
        self.limit, self.seconds, self.closely = steps, seconds, closely
        self.steps: list[Step] = []
        self.validated: Evaluated | None = None
        self.call: Call | None = None  # of the first step
        self.unregistered: list[tuple[int, ...]] = []  # shapes of weights that are used and are not the module's
        self.first_scores: Tensor | None = None
        self.last_scores: Tensor | None = None
        self.taught: set[str] = set()  # parameters of modules that only ever gave scores without gradients: a teacher
        self.idle: set[str] = set()  # these, and those of modules that no step ran
        self.logged: set[str] = set()  # the names of all that was logged for callbacks
        self.logged_in_validation: set[str] = set()
        self.weights_in_validation: set[str] = set()  # matrices of the modules that ran there
        self.reproduces = False  # whether a loss compares with the images themselves
        self.fitted: float | None = None  # accuracy on the last training batches, in evaluation mode
        self._last_calls: deque[tuple[Call, Tensor]] = deque(maxlen=FITTED)
        self.completed = False  # the planned training, not only a part of it

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Put the hooks in place."""
        self._finder = ScoresFinder(pl_module)
        self._watch_log(pl_module)
        self.weights = Weights(pl_module)
        self._names = {id(parameter): name for name, parameter in pl_module.named_parameters()}
        groups = [group["params"] for optimizer in trainer.optimizers for group in optimizer.param_groups]
        self._trained = [one for group in groups for one in group if id(one) in self._names]
        self.watch = LayerWatch(pl_module, self._look_closely)
        self._stepped = True  # no gradients are expected before the first step
        self._started = self._ended = self._last = time.monotonic()
        self._validating = False
        self._labels: Tensor | None = None

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Remove the hooks."""
        if hasattr(self, "_finder"):
            self._finder.close()
            self.watch.close()

    def _watch_log(self, module: LightningModule) -> None:
        log = module.log

        @wraps(log)
        def watched(name: str, *arguments: Any, **keywords: Any) -> None:
            if self._validating:
                self.logged_in_validation.add(name)
            log(name, *arguments, **keywords)

        module.log = watched  # type: ignore[method-assign]

    @property
    def inputs(self) -> Layer | None:
        """Return what was seen of the images as the first layer gets them; `None` before the training has begun."""
        return self.watch.inputs if hasattr(self, "watch") else None

    def _look_closely(self) -> bool:
        return self.closely and (len(self.steps) <= CLOSE or len(self.steps) % CLOSE == 0)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Begin a step."""
        now = time.monotonic()
        self.weights.begin_step()
        self._expect(batch, training=True)
        self.steps.append(Step(labels=self._labels, waited=now - self._ended))
        self._backward = self._optimized = False
        for optimizer in trainer.optimizers[:1]:
            self.steps[-1].lr = float(optimizer.param_groups[0]["lr"]) if "lr" in optimizer.param_groups[0] else None
        if not pl_module.automatic_optimization and self._look_closely():  # it may step past Lightning's hooks
            self.weights.keep()

    def _expect(self, batch: Any, training: bool) -> None:
        images, self._labels = images_of(batch), labels_of(batch)
        self._finder.expect(images, self._labels, training)
        self.watch.expect(images, self._labels, validating=not training)

    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        """Look at the loss and the scores, before gradients are computed."""
        if not self._backward:
            self._backward = True
            self._look_at_leftover()
            self.steps[-1].loss = float(loss.detach()) * trainer.accumulate_grad_batches
            self._watch_scores(loss)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Keep the scores of a step whose loss has no place for a label; after other errors they may be half made."""
        if self.call is None and self.steps and isinstance(exception, IndexError):
            self._watch_scores(None)

    def _watch_scores(self, loss: Tensor | None) -> None:
        step, call = self.steps[-1], self._finder.found()
        if call is None:
            return
        scores, width = rows_of(call.scores), call.scores.shape[1]
        if self.call is None:
            self.call, self.first_scores = call, call.scores.detach().float().clone()
            self.unregistered = strangers_in(call.scores, self.weights.named.values())
            if call.network is not None:
                call.state = {name: value.clone() for name, value in call.network.state_dict().items()}
        self.last_scores = call.scores.detach().float()
        labels = self._finder.labels(step.labels, scores)
        if labels is None or not fit(labels, scores):
            return
        on_device = labels.to(scores.device)
        self._last_calls.append((call, labels))
        step.cross_entropy = float(cross_entropy(scores, on_device))
        step.accuracy = float((scores.argmax(dim=1) == on_device).float().mean())
        if step.loss is not None and len(self.steps) <= 2 * CLOSE:
            step.mistake = mistake(step.loss, scores, on_device)
        if call.scores.requires_grad:
            expected = softmax(scores, dim=1)
            expected[torch.arange(len(scores)), on_device] -= 1
            expected = expected[:, -width:]
            (call.scores if call.given is None else call.given).register_hook(
                lambda gradient: self._saw_gradient(step, gradient.view_as(expected), expected, on_device)
            )

    def _saw_gradient(self, step: Step, gradient: Tensor, expected: Tensor, labels: Tensor) -> None:
        if step.alignment is None:
            value = torch.nn.functional.cosine_similarity(gradient.float().flatten(), expected.float().flatten(), dim=0)
            step.alignment = float(value)
            size, usual = float(gradient.float().norm()), float(expected.float().norm()) / len(expected)
            step.scale = size / usual if usual > 0 else None
            step.without = {label: not bool(gradient[labels == label].any()) for label in labels.unique().tolist()}
            if not self._backward:  # a module that goes backwards by itself
                self._look_at_leftover()

    def _look_at_leftover(self) -> None:
        """Measure the gradients that lie there after a step, before those of the next one come."""
        if self._stepped:
            left = [one.grad for one in self._trained if one.grad is not None]
            before = sum(square**2 for square in self.steps[-2].gradients.values()) if len(self.steps) > 1 else 0
            self.steps[-1].leftover = norm(left) / math.sqrt(before) if before > 0 else 0.0

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        """Look at the gradients of a step, and keep the weights to see how far they move."""
        self._optimized = True
        step = self.steps[-1]
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                name = self._names.get(id(parameter))
                if name is not None and parameter.grad is not None:
                    step.gradients[name] = float(parameter.grad.detach().float().norm())
        if self._look_closely():
            self.weights.keep()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """End a step, and the training if that was enough."""
        step = self.steps[-1]
        if step.loss is None:
            self._watch_scores(None)  # a module that goes backwards by itself: the scores at least are known
            value = outputs.get("loss") if isinstance(outputs, dict) else outputs
            step.loss = float(value.detach()) if isinstance(value, Tensor) and value.numel() == 1 else None
        if not pl_module.automatic_optimization:
            grown = {name: one.grad for name, one in self.weights.named.items() if one.grad is not None}
            step.gradients = {**{name: norm([gradient]) for name, gradient in grown.items()}, **step.gradients}
        step.updates = self.weights.updates()
        self._stepped = self._optimized or any(step.updates.values())
        self._ended = time.monotonic()
        step.seconds = self._ended - self._last
        self._last = self._ended
        if len(self.steps) >= self.limit or self._ended - self._started > self.seconds:
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the weights, to see whether the next epoch begins with them."""
        if self.closely:
            self.weights.end_epoch()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note whether the whole training fitted in, and how well the last batches were learnt."""
        trained = {name for step in self.steps for name in step.gradients}
        self.taught = self.weights.names(self._finder.taught()) - trained
        self.idle = set(self.weights.named) - self.weights.names(self._finder.ran()) - trained | self.taught
        self.reproduces = self._finder.reproduces
        self.weights_in_validation = self.weights.names(self._finder.validated())
        self.logged = set(trainer.callback_metrics)
        self._finder.close()
        self.fitted = accuracy_of(pl_module, self._last_calls)
        self._last_calls.clear()
        epochs, steps = trainer.max_epochs, trainer.max_steps
        self.completed = (epochs not in (None, -1) and trainer.current_epoch >= epochs) or (
            steps != -1 and trainer.global_step >= steps
        )

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin a validation; the last one counts."""
        self.validated, self._validating = Evaluated(), True
        self.watch.begin_validation()
        self.weights.begin_evaluation()

    def on_validation_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Begin a batch of validation."""
        self._expect(batch, training=False)

    def on_validation_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:  # fmt: skip
        """Count what is right in a batch, whatever the module itself counts."""
        self.watch.look_at_modes()
        if self._labels is not None and self.validated is not None:
            self.validated.add(self._labels, self._finder.mean_scores())

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """See what the validation has changed, and what it logged."""
        self._validating = False
        self.weights.end_evaluation()
        if self.validated is not None:
            figures = trainer.callback_metrics.items()
            self.validated.logged = {name: float(value) for name, value in figures if value.numel() == 1}

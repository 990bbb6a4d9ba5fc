"""One training and the numbers by which a doctor would know what ails it, before and after."""

import contextlib
import math
import os
import shutil
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.processes import runs_folder
from benchmarks.symptom_names import (
    CURVE_SPREAD,
    DEAD,
    DIVERGED,
    GUESSING,
    LARGEST,
    RATIO,
    TRAIN_ACC,
    VAL_ACC,
    VAL_LOSS,
)
from digitlab import compose, train
from digitlab.errors import Diverged
from digitlab.nets.activations import ACTIVATIONS
from digitlab.tasks.train import Prepared

FIRST_IMAGES = 256  # of the training images, on which the first gradients are taken
LAST_EPOCHS = 5  # over which the swing of the validation accuracy is taken
# Nothing that treats by itself: no clipping, no schedule, no early stopping, no choice of a best epoch. A case adds.
PLAIN = (
    "optimizer=adam", "scheduler=none", "callbacks=none", "logger=none", "trainer.gradient_clip_val=null", "test=false",
    "verbose=false", "trainer.accelerator=cpu", "trainer.precision=32-true", "memory_format=contiguous",
)  # fmt: skip


class Watch(Callback):
    """Remembers the largest gradient norm of all steps, before clipping, and the validation accuracy of each epoch.

    Attributes:
        largest: L2 norm over all weights; of finite ones.
        accuracies: In [0, 1].
    """

    def __init__(self) -> None:
        self.largest = 0.0
        self.accuracies: list[float] = []

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Any) -> None:
        """Look at the gradients of a step."""
        norm = float(torch.nn.utils.get_total_norm([p.grad for p in pl_module.parameters() if p.grad is not None]))
        self.largest = max(self.largest, norm) if math.isfinite(norm) else self.largest

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look at the accuracy of an epoch."""
        self.accuracies.append(float(trainer.callback_metrics["val/acc"]))


def measure(settings: Sequence[str], seed: int) -> dict[str, float | None]:
    """Train once and return the figures by name.

    Args:
        settings: As typed behind `train.py`.
        seed: Of weights, order and dropout.
    """
    training, watch = prepared(settings, seed), Watch()
    training.trainer.callbacks.append(watch)
    gradients = first_gradients(training)
    figures: dict[str, float | None] = {RATIO: gradients[0] / gradients[-1] if gradients[-1] else None}
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
            train(training)
        figures |= {DIVERGED: 0.0, **after(training.module, training.datamodule)}
        figures[CURVE_SPREAD] = 100 * swing(watch.accuracies)
    except Diverged:
        figures |= {DIVERGED: 100.0, TRAIN_ACC: GUESSING, VAL_ACC: GUESSING}
    finally:
        shutil.rmtree(runs_folder() / "train", ignore_errors=True)
    return {**figures, LARGEST: watch.largest}


def prepared(settings: Sequence[str], seed: int) -> Prepared:
    """Return the training, built and not begun."""
    return compose(*PLAIN, *settings, f"seed={seed}", f"paths.output_root={runs_folder()}")


def first_gradients(training: Prepared) -> list[float]:
    """Return the root mean square of the gradient of each layer's weights at the first weights, from the first on."""
    module, data = training.module, training.datamodule.train_data  # type: ignore[attr-defined]
    net = deepcopy(module.net).train()
    images, labels = data.images[:FIRST_IMAGES], data.labels[:FIRST_IMAGES]
    cross_entropy(net(module.normalize(images)), labels).backward()
    weights = [layer.weight for layer in net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    return [float(weight.grad.square().mean().sqrt()) for weight in weights]


@torch.no_grad()
def after(module: Any, datamodule: Any) -> dict[str, float]:
    """Return the figures of the last weights on training and validation images, without dropout and augmentation."""
    module.eval()
    alive: dict[nn.Module, Tensor] = {}

    def look(layer: nn.Module, _inputs: tuple[Tensor], output: Tensor) -> None:
        lit = (output != 0).transpose(0, 1).flatten(1).any(1)  # (C,), each unit or channel
        alive[layer] = alive.get(layer, lit) | lit

    kinds = tuple(ACTIVATIONS.values())
    hooks = [layer.register_forward_hook(look) for layer in module.net.modules() if isinstance(layer, kinds)]
    train_acc, _ = _evaluate(module, datamodule.train_data)
    for hook in hooks:
        hook.remove()
    val_acc, val_loss = _evaluate(module, datamodule.val_data)
    lit = torch.cat(list(alive.values())) if alive else torch.ones(1)
    return {
        TRAIN_ACC: 100 * train_acc,
        VAL_ACC: 100 * val_acc,
        VAL_LOSS: val_loss,
        DEAD: 100 * (1 - float(lit.float().mean())),
    }


def _evaluate(module: Any, data: Any) -> tuple[float, float]:
    """Return accuracy and mean cross-entropy."""
    parts = [module(data.images[start : start + FIRST_IMAGES]) for start in range(0, len(data.labels), FIRST_IMAGES)]
    logits = torch.cat(parts)
    right = float((logits.argmax(1) == data.labels).float().mean())
    return right, float(cross_entropy(logits, data.labels))


def swing(accuracies: Sequence[float]) -> float:
    """Return the standard deviation of the accuracy over the last epochs of one run."""
    last = torch.tensor(accuracies[-LAST_EPOCHS:], dtype=torch.float64)
    return float(last.std()) if len(last) > 1 else 0.0

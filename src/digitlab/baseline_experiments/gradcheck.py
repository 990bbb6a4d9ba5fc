"""Backpropagation against central differences: every layer, every loss, and two faults that must be found."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh, sigmoid
from digitlab.baseline.batch_norm import BatchNorm1d, BatchNorm2d
from digitlab.baseline.containers import Flatten, Residual, Sequential
from digitlab.baseline.convolution import Conv2d
from digitlab.baseline.dropout import Dropout
from digitlab.baseline.gradcheck import gradcheck, gradcheck_loss
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import binary_cross_entropy, cross_entropy, mse
from digitlab.baseline.module import Array, Module
from digitlab.baseline.pooling import AdaptiveAvgPool2d, MaxPool2d
from digitlab.baseline_experiments.outcome import Bound, Outcome, Table

ALLOWED = 1e-7
STEPS = 10.0 ** np.arange(-10, -0.9, 0.5)
FLAT, IMAGES = (6, 5), (2, 2, 6, 6)


@dataclass(frozen=True)
class Story:
    """Largest relative error of each layer and loss, of the faults, and of some layers for many steps h."""

    errors: dict[str, float]
    faults: dict[str, float]
    by_step: dict[str, Array]
    step: float


class WrongSign(Module):
    """A fault, planted: the derivative of tanh taken as y² - 1."""

    def forward(self, x: Array) -> Array:
        """Return tanh(x)."""
        self.y = np.tanh(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return the gradient with the wrong sign."""
        return gradient * (self.y**2 - 1)


class LostFactor(Module):
    """A fault, planted: the derivative of the sigmoid taken as y."""

    def forward(self, x: Array) -> Array:
        """Return the sigmoid of x."""
        self.y = sigmoid(x)
        return self.y

    def backward(self, gradient: Array) -> Array:
        """Return the gradient without the factor 1 - y."""
        return gradient * self.y


def run(*, step: float, seed: int) -> Outcome:
    """Check all of them.

    Args:
        step: h of the differences.
        seed: Of weights, inputs and the random loss.
    """
    errors = check_layers(step, seed) | check_losses(step, seed)
    faults = {fault.__name__: largest_error(fault, FLAT, step, seed) for fault in (WrongSign, LostFactor)}
    shown = {name: layers(np.random.default_rng(seed))[name] for name in ("Linear", "Tanh", "BatchNorm1d")}
    by_step = {
        name: np.array([largest_error(lambda module=module: module, shape, h, seed) for h in STEPS])  # type: ignore[misc]
        for name, (module, shape) in shown.items()
    }
    return report(Story(errors, faults, by_step, step))


def layers(rng: np.random.Generator) -> dict[str, tuple[Module, tuple[int, ...]]]:
    """Return one of each layer, with the shape of an input for it."""
    residual = Residual(Sequential(Conv2d(2, 2, 3, padding=1, rng=rng), Tanh()), Conv2d(2, 2, 1, rng=rng))
    evaluated = BatchNorm1d(5)
    evaluated.eval()
    return {
        "Linear": (Linear(5, 4, rng=rng), FLAT),
        "ReLU": (ReLU(), FLAT),
        "LeakyReLU": (LeakyReLU(), FLAT),
        "Sigmoid": (Sigmoid(), FLAT),
        "Tanh": (Tanh(), FLAT),
        "Softmax": (Softmax(), FLAT),
        "Dropout": (Dropout(0.4, rng=rng), FLAT),
        "BatchNorm1d": (BatchNorm1d(5), FLAT),
        "BatchNorm1d, evaluated": (evaluated, FLAT),
        "BatchNorm2d": (BatchNorm2d(2), IMAGES),
        "Conv2d": (Conv2d(2, 3, 3, padding=1, rng=rng), IMAGES),
        "Conv2d, stride 2": (Conv2d(2, 3, 3, stride=2, rng=rng), IMAGES),
        "MaxPool2d": (MaxPool2d(2), IMAGES),
        "AdaptiveAvgPool2d": (AdaptiveAvgPool2d(4), IMAGES),
        "Flatten": (Flatten(), IMAGES),
        "Residual": (residual, IMAGES),
        "Sequential": (Sequential(Linear(5, 4, rng=rng), Tanh(), Linear(4, 3, rng=rng)), FLAT),
    }


def check_layers(step: float, seed: int) -> dict[str, float]:
    """Return the largest relative error of each layer, over its input and parameters."""
    return {
        name: largest_error(lambda module=module: module, shape, step, seed)  # type: ignore[misc]
        for name, (module, shape) in layers(np.random.default_rng(seed)).items()
    }


def largest_error(make: Callable[[], Module], shape: tuple[int, ...], step: float, seed: int) -> float:
    """Return the largest relative error of one layer."""
    rng = np.random.default_rng([seed, 1])
    return max(gradcheck(make(), spread_out(shape, rng), rng, step).values())


def spread_out(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return inputs in (-2, 2) of which no two are equal and none is near 0, since ReLU and maxima have kinks there."""
    count = int(np.prod(shape))
    return ((rng.permutation(count) + 0.5 - count // 2) * (4 / count)).reshape(shape)


def check_losses(step: float, seed: int) -> dict[str, float]:
    """Return the relative error of each loss."""
    rng = np.random.default_rng([seed, 2])
    logits = rng.normal(size=FLAT)
    return {
        "mse": gradcheck_loss(mse, logits, rng.normal(size=FLAT), step),
        "binary cross-entropy": gradcheck_loss(binary_cross_entropy, logits, rng.random(FLAT), step),
        "cross-entropy": gradcheck_loss(cross_entropy, logits, rng.integers(0, FLAT[1], FLAT[0]), step),
    }


def report(story: Story) -> Outcome:
    """Put the errors into an outcome."""
    worst = max(story.errors, key=story.errors.__getitem__)
    least_fault = min(story.faults.values())
    rows = [{"checked": name, "relative_error": error} for name, error in (story.errors | story.faults).items()]
    table = Table(
        "Relative error against central differences",
        ("checked", "error"),
        [(str(row["checked"]), f"{row['relative_error']:.1e}") for row in rows],
    )
    return Outcome(
        summary=f"gradcheck: {len(story.errors)} layers and losses within {story.errors[worst]:.1e} ({worst}); "
        f"both planted faults found (at least {least_fault:.2f})",
        figures={
            "largest_error": story.errors[worst],
            "largest_error_of": worst,
            "least_error_of_a_fault": least_fault,
        },
        metrics=rows,
        bounds=[
            Bound("largest relative error", story.errors[worst], at_most=ALLOWED),
            Bound("least relative error of a planted fault", least_fault, at_least=0.1),
        ],
        story=story,
        tables=[table],
    )

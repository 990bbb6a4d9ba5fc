"""Two spirals: how well a small net finds a winding boundary, measured on points that it never saw."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from digitlab.baseline.activations import ReLU, sigmoid, softmax
from digitlab.baseline.containers import Sequential
from digitlab.baseline.fit import accuracy, fit, predict
from digitlab.baseline.initialisers import he_normal
from digitlab.baseline.losses import binary_cross_entropy, cross_entropy
from digitlab.baseline.module import Array
from digitlab.baseline.nets import ACTIVATIONS, plain_mlp
from digitlab.baseline.optimizers import SGD, Adam
from digitlab.baseline_experiments.outcome import Bound, Outcome
from digitlab.baseline_experiments.plane import grid
from digitlab.reports.console import watched

FRESH_POINTS = 2000
LESSON_SIZES, LESSON_LR, LESSON_EPOCHS = (2, 32, 32, 16, 1), 0.01, 3000
LIMIT = 1.15  # half the side of the square that is drawn
FRAMES = 45


@dataclass(frozen=True)
class Frame:
    """The net at one moment of its training: its probability of class 1 on `grid(LIMIT)`."""

    epoch: int
    loss: float
    fresh_accuracy: float
    probability: Array


@dataclass(frozen=True)
class Story:
    """The first net, from beginning to end, and the lesson's net on the same points."""

    points: Array
    labels: Array
    frames: list[Frame]
    losses: list[float]
    lesson_probability: Array
    lesson_losses: list[float]
    lesson_accuracy: float


def run(
    *,
    hidden_sizes: list[int],
    activation: str,
    lr: float,
    epochs: int,
    points: int,
    turns: float,
    noise: float,
    seeds: int,
    seed: int,
) -> Outcome:
    """Train one net per seed on points of its own, and the lesson's net on the same.

    Args:
        hidden_sizes: Width of each hidden layer.
        activation: Name in `nets.ACTIVATIONS`.
        lr: Learning rate of Adam.
        epochs: Steps on all points.
        points: To learn from.
        turns: Of each arm.
        noise: Standard deviation of a point's place; the outer radius is 1.
        seeds: Nets, with the seeds `seed`, `seed` + 1, ...
        seed: The first.
    """
    make = partial(plain_mlp, (2, *hidden_sizes, 2), activation=ACTIVATIONS[activation], init=he_normal)
    rows = []
    for number in watched(range(seed, seed + seeds), "nets"):
        rng = np.random.default_rng(number)
        x, labels = spirals(points, turns, noise, rng)
        net, started = make(rng), time.perf_counter()
        losses = fit(net, cross_entropy, Adam(net.parameters(), lr), x, labels, epochs=epochs)
        seconds = time.perf_counter() - started
        row = {"seed": number, "loss": losses[-1], "seconds": round(seconds, 3)}
        row["fresh_accuracy"] = accuracy(net, *fresh_points(turns, noise, number))
        row["lesson_accuracy"] = train_lesson(x, labels, rng)[0]
        rows.append(row)
    return report(rows, tell(make, lr, epochs, points, turns, noise, seed))


def spirals(count: int, turns: float, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return points `(count, 2)`, spread evenly along two arms, and whose arm they are on, 0 or 1 in turn.

    An arm's radius grows from 0.05 to 1 with the angle; the other is the same turned by half a circle.
    """
    labels = np.arange(count) % 2
    radius = 0.05 + 0.95 * (np.arange(count) // 2 + 0.5) / (count / 2)
    angle = 2 * np.pi * turns * radius + np.pi * labels
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + rng.normal(0, noise, x.shape), labels


def fresh_points(turns: float, noise: float, seed: int) -> tuple[Array, Array]:
    """Return 2,000 points of the same arms with noise of their own; none has been trained on."""
    return spirals(FRESH_POINTS, turns, noise, np.random.default_rng([seed, 1]))


def tell(
    make: Callable[[np.random.Generator], Sequential],
    lr: float,
    epochs: int,
    points: int,
    turns: float,
    noise: float,
    seed: int,
) -> Story:
    """Train the first net once more, looking at it now and then, and the lesson's on the same points."""
    rng = np.random.default_rng(seed)
    x, labels = spirals(points, turns, noise, rng)
    fresh = fresh_points(turns, noise, seed)
    net, frames = make(rng), []
    moments = {round(epochs * (frame / FRAMES) ** 2) for frame in range(1, FRAMES + 1)}  # often at first

    def look(epoch: int, loss: float) -> None:
        if epoch in moments:
            probability = softmax(predict(net, grid(LIMIT)))[:, 1]
            frames.append(Frame(epoch, loss, accuracy(net, *fresh), probability))

    losses = fit(net, cross_entropy, Adam(net.parameters(), lr), x, labels, epochs=epochs, after_epoch=look)
    lesson_accuracy, lesson_losses, lesson_probability = train_lesson(x, labels, rng)
    return Story(x, labels, frames, losses, lesson_probability, lesson_losses, lesson_accuracy)


def train_lesson(x: Array, labels: Array, rng: np.random.Generator) -> tuple[float, list[float], Array]:
    """Train as the lesson does; return the accuracy on these points, the losses, the opinion on `grid(LIMIT)`."""
    net = plain_mlp(LESSON_SIZES, rng, ReLU, he_normal)
    optimizer = SGD(net.parameters(), LESSON_LR)
    losses = fit(net, binary_cross_entropy, optimizer, x, labels[:, None], epochs=LESSON_EPOCHS)
    right = (predict(net, x)[:, 0] > 0) == labels
    return float(right.mean()), losses, sigmoid(predict(net, grid(LIMIT))[:, 0])


def report(rows: list[dict[str, float]], story: Story) -> Outcome:
    """Put the figures of all seeds into an outcome."""
    fresh = [row["fresh_accuracy"] for row in rows]
    lesson = float(np.mean([row["lesson_accuracy"] for row in rows]))
    seconds = float(np.median([row["seconds"] for row in rows]))
    mean, deviation = float(np.mean(fresh)), float(np.std(fresh, ddof=1)) if len(fresh) > 1 else 0.0
    return Outcome(
        summary=f"spiral: {mean:.2%} ± {deviation:.2%} of {FRESH_POINTS:,} fresh points right "
        f"(n = {len(rows)}, {seconds:.2f} s each); the lesson's recipe: {lesson:.1%} of its own training points",
        figures={
            "fresh/acc": mean,
            "fresh/acc_sd": deviation,
            "fresh/acc_least": min(fresh),
            "seeds": len(rows),
            "fit_seconds": seconds,
            "lesson/train_acc": lesson,
        },
        metrics=rows,
        bounds=[
            Bound("share of fresh points right, mean", mean, at_least=0.99),
            Bound("seconds of a training, median", seconds, at_most=2.0),
        ],
        story=story,
    )

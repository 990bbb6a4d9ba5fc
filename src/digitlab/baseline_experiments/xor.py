"""XOR: the smallest problem that a linear model cannot solve, and how surely a net learns it."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from digitlab.baseline.activations import ReLU, sigmoid
from digitlab.baseline.containers import Sequential
from digitlab.baseline.fit import fit, predict
from digitlab.baseline.initialisers import he_normal
from digitlab.baseline.losses import binary_cross_entropy
from digitlab.baseline.module import Array
from digitlab.baseline.nets import ACTIVATIONS, plain_mlp
from digitlab.baseline.optimizers import SGD, Adam
from digitlab.baseline_experiments.outcome import Bound, Outcome
from digitlab.baseline_experiments.trace import trace_step
from digitlab.reports.console import watched

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])
LESSON_SIZES, LESSON_LR, LESSON_EPOCHS = (2, 8, 4, 1), 0.05, 1000


@dataclass(frozen=True)
class Trained:
    """One net and how it went."""

    net: Sequential
    losses: list[float]

    @property
    def solved(self) -> bool:
        """Whether all four points are on their side."""
        return bool(((predict(self.net, POINTS) > 0) == (TARGETS > 0.5)).all())


@dataclass(frozen=True)
class Story:
    """All nets of both recipes."""

    ours: list[Trained]
    lessons: list[Trained]


def run(
    *, hidden_sizes: list[int], activation: str, lr: float, epochs: int, seeds: int, trace: bool, seed: int
) -> Outcome:
    """Train one net per seed, ours and the lesson's, and count how many solve the problem.

    Args:
        hidden_sizes: Width of each hidden layer.
        activation: Name in `nets.ACTIVATIONS`.
        lr: Learning rate of Adam.
        epochs: Steps on all four points.
        seeds: Nets of each recipe, with the seeds `seed`, `seed` + 1, ...
        trace: Show one forward and backward pass of the first net, and nothing else.
        seed: The first.
    """
    make = partial(plain_mlp, (2, *hidden_sizes, 1), activation=ACTIVATIONS[activation])
    if trace:
        tables, loss = trace_step(make(np.random.default_rng(seed)), binary_cross_entropy, POINTS, TARGETS)
        summary = f"xor: one forward and backward pass, loss {loss:.4f} (ln 2 = 0.6931 is a coin's)"
        return Outcome(summary, {"loss": loss}, [{"seed": seed, "loss": loss}], [], tables=tables)
    numbers = range(seed, seed + seeds)
    ours = [train_ours(make(np.random.default_rng(s)), lr, epochs) for s in watched(numbers, "our nets")]
    lessons = [train_lessons(np.random.default_rng(s)) for s in watched(numbers, "the lesson's nets")]
    return report(ours, lessons, list(numbers))


def train_ours(net: Sequential, lr: float, epochs: int) -> Trained:
    """Train with Adam, whose step does not shrink with the gradient: it leaves the plateau where descent stays."""
    return Trained(net, fit(net, binary_cross_entropy, Adam(net.parameters(), lr), POINTS, TARGETS, epochs=epochs))


def train_lessons(rng: np.random.Generator) -> Trained:
    """Train as the lesson does: 2-8-4-1, ReLU, gradient descent at 0.05, 1,000 steps."""
    net = plain_mlp(LESSON_SIZES, rng, ReLU, he_normal)
    optimizer = SGD(net.parameters(), LESSON_LR)
    return Trained(net, fit(net, binary_cross_entropy, optimizer, POINTS, TARGETS, epochs=LESSON_EPOCHS))


def report(ours: list[Trained], lessons: list[Trained], seeds: list[int]) -> Outcome:
    """Count, and put the runs into an outcome."""
    recipes = {"ours": ours, "lesson": lessons}
    solved = {name: sum(run.solved for run in runs) / len(runs) for name, runs in recipes.items()}
    metrics = [
        {"recipe": name, "seed": seed, "solved": run.solved, "loss": run.losses[-1]}
        for name, runs in recipes.items()
        for seed, run in zip(seeds, runs, strict=True)
    ]
    return Outcome(
        summary=f"xor: {solved['ours']:.0%} of {len(seeds)} seeds solved; the lesson's recipe: {solved['lesson']:.0%}",
        figures={"solved": solved["ours"], "solved_by_lesson": solved["lesson"], "seeds": len(seeds)},
        metrics=metrics,
        bounds=[Bound("share of seeds solved", solved["ours"], at_least=0.99)],
        story=Story(ours, lessons),
    )


def probability_of_one(net: Sequential, points: Array) -> Array:
    """Return the net's probability of class 1, `(N,)`, at `points`, `(N, 2)`."""
    return sigmoid(predict(net, points)[:, 0])

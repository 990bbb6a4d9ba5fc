"""Universal approximation: one hidden layer comes as near to a function as it is wide; without activation it does not.

Three kinds of nets learn sin(2πx) e⁻ˣ on [-1, 1], four bends that grow to the left: nets that are trained, ReLU nets
whose weights are computed, and linear nets. Errors are root mean squares at places between those learned from.
"""

import math
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.containers import Sequential
from digitlab.baseline.fit import fit, predict
from digitlab.baseline.losses import mse
from digitlab.baseline.module import Array
from digitlab.baseline.nets import ACTIVATIONS, plain_mlp
from digitlab.baseline.optimizers import Adam
from digitlab.baseline_experiments.outcome import Bound, Outcome, Table
from digitlab.baseline_experiments.piecewise import as_net, best_rmse, construct
from digitlab.errors import UserError
from digitlab.reports.console import watched

WAVES = 2 * math.pi
DENSE = np.linspace(-1, 1, 2001)  # where the built nets' least squares are taken
BETWEEN = (DENSE[1:, None] + DENSE[:-1, None]) / 2  # where all nets are measured
TRAINED = ("relu", "tanh")
LINEAR_STEPS = 300  # after these a linear net's error is the line's to 1e-7; more change nothing
FRAMES = 30
WIDEST = len(DENSE) // 2
ASYMPTOTIC = 8  # kinks from which on the slope is fitted; the target has four bends to be followed first


@dataclass(frozen=True)
class Story:
    """What is drawn: curves at `BETWEEN`, errors by kind and width, and the widest nets' way.

    Attributes:
        curves: By kind and width, the net's output; trained ones are of the first seed.
        errors: By kind and width, one for each seed.
        line: Error of the best straight line.
        limit: Best possible error of a net of a width, in the limit of many kinks.
        lr: Learning rate at first.
        frames: By trained kind, (step, error, output) of the widest net of the first seed.
    """

    widths: list[int]
    curves: dict[tuple[str, int], Array]
    errors: dict[tuple[str, int], list[float]]
    line: float
    limit: list[float]
    lr: float
    frames: dict[str, list[tuple[int, float, Array]]]


def target(x: Array) -> Array:
    """Return sin(2πx) e⁻ˣ."""
    return np.sin(WAVES * x) * np.exp(-x)


def curvature(x: Array) -> Array:
    """Return its second derivative."""
    return np.exp(-x) * ((1 - WAVES**2) * np.sin(WAVES * x) - 2 * WAVES * np.cos(WAVES * x))


def run(*, widths: list[int], lr: float, epochs: int, points: int, seeds: int, seed: int) -> Outcome:
    """Train and build nets of every width, and measure how near they come.

    Args:
        widths: Units of the hidden layer, ascending.
        lr: Learning rate of Adam at first; it falls to 0 along half a cosine.
        epochs: Steps on all points.
        points: Evenly on [-1, 1], to train on.
        seeds: Trained nets of each width and activation, with the seeds `seed`, `seed` + 1, ...
        seed: The first.
    """
    x = np.linspace(-1, 1, points)[:, None]
    curves: dict[tuple[str, int], Array] = {}
    errors: dict[tuple[str, int], list[float]] = {}
    frames: dict[str, list[tuple[int, float, Array]]] = {}
    for width in watched(widths, "widths"):
        nets = {"constructed": [built(width)], "linear": [linear(width, seed)]}
        train(nets["linear"][0], x, lr, LINEAR_STEPS)
        for name in TRAINED:
            rngs = [np.random.default_rng(number) for number in range(seed, seed + seeds)]
            nets[name] = [plain_mlp((1, width, 1), rng, ACTIVATIONS[name]) for rng in rngs]
            for number, net in enumerate(nets[name]):
                looks = train(net, x, lr, epochs, frames=FRAMES if number == 0 and width == widths[-1] else 0)
                frames[name] = frames.get(name) or looks
        for name, found in nets.items():
            curves[name, width] = predict(found[0], BETWEEN)[:, 0]
            errors[name, width] = [rmse(net) for net in found]
    limit = [best_rmse(DENSE, curvature(DENSE), width) for width in widths]
    return report(Story(widths, curves, errors, rmse_of_line(x), limit, lr, frames), seed)


def check(*, widths: list[int], **others: object) -> None:
    """Refuse widths that give no slope, or more kinks than the built nets' least squares can place.

    Raises:
        UserError: If they do not ascend, fewer than two are large enough, or one is too large.
    """
    if widths != sorted(set(widths)) or len([width for width in widths if width >= ASYMPTOTIC]) < 2:
        raise UserError(f"widths must ascend, with two of {ASYMPTOTIC} or more among them, got {widths}")
    if widths[-1] > WIDEST:
        raise UserError(
            f"widths must be at most {WIDEST}, half the places that the built nets are fitted to, got {widths}"
        )


def train(net: Sequential, x: Array, lr: float, epochs: int, frames: int = 0) -> list[tuple[int, float, Array]]:
    """Train with Adam at a falling rate, and return how the net looked at so many moments, often at first."""
    optimizer = Adam(net.parameters(), lr)
    moments = {round(epochs * (frame / frames) ** 2) for frame in range(1, frames + 1)}
    looks = []

    def after_epoch(epoch: int, loss: float) -> None:
        optimizer.lr = lr * (1 + math.cos(math.pi * epoch / epochs)) / 2
        if epoch in moments:
            looks.append((epoch, rmse(net), predict(net, BETWEEN)[:, 0]))

    fit(net, mse, optimizer, x, target(x), epochs=epochs, after_epoch=after_epoch)
    return looks


def linear(width: int, seed: int) -> Sequential:
    """Return a net of three linear layers and nothing between them."""
    return plain_mlp((1, width, width, 1), np.random.default_rng(seed), activation=None)


def built(width: int) -> Sequential:
    """Return the best ReLU net of this width that we can build."""
    return as_net(construct(DENSE, target(DENSE), np.abs(curvature(DENSE)) ** 0.4, width))


def rmse(net: Sequential) -> float:
    """Return the net's root mean square error at `BETWEEN`."""
    return float(np.sqrt(np.mean((predict(net, BETWEEN, len(BETWEEN)) - target(BETWEEN)) ** 2)))


def rmse_of_line(x: Array) -> float:
    """Return the error, at `BETWEEN`, of the straight line that is nearest to the target at `x`."""
    line = np.polynomial.Polynomial.fit(x[:, 0], target(x)[:, 0], 1)
    return float(np.sqrt(np.mean((line(BETWEEN) - target(BETWEEN)) ** 2)))


def slope(widths: list[int], errors: list[float]) -> float:
    """Return the exponent of the power of the width that the errors follow."""
    return float(np.polynomial.Polynomial.fit(np.log(widths), np.log(errors), 1).convert().coef[1])


def report(story: Story, seed: int) -> Outcome:
    """Put errors, slope and what they have to keep into an outcome."""
    widths, widest, line = story.widths, story.widths[-1], story.line
    median = {key: float(np.median(errors)) for key, errors in story.errors.items()}
    many = [width for width in widths if width >= ASYMPTOTIC]
    fall = slope(many, [median["constructed", width] for width in many])
    growth = [(width, 4 * width) for width in widths if 4 * width in widths]
    helps = max((median["relu", wide] / median["relu", narrow] for narrow, wide in growth), default=0.0)
    stuck = max(abs(median["linear", width] / line - 1) for width in widths)
    gap = median["relu", widest] / median["constructed", widest]
    optimum = median["constructed", widest] / story.limit[-1]
    rows = [
        {"net": name, "width": width, "seed": seed + number, "rmse": error}
        for (name, width), errors in story.errors.items()
        for number, error in enumerate(errors)
    ]
    return Outcome(
        summary=f"approximation: with {widest} units tanh misses by {median['tanh', widest]:.2g} and ReLU by"
        f" {median['relu', widest]:.2g} (medians, n = {len(story.errors['relu', widest])}), a built net by"
        f" {median['constructed', widest]:.2g} ~ width^{fall:.2f}; linear nets by {line:.2f}, as a straight line does",
        figures={"slope": fall, "line_rmse": line, "linear_excess": stuck, "gap": gap}
        | {f"{name}/rmse": median[name, widest] for name in (*TRAINED, "constructed", "linear")},
        metrics=rows + [{"net": "limit", "width": w, "rmse": e} for w, e in zip(widths, story.limit, strict=True)],
        bounds=[
            Bound("exponent of the width in the built nets' error", fall, at_most=-1.8),
            Bound("built net's error, of the best in the limit", optimum, at_most=1.1),
            Bound("linear nets' largest distance from the straight line's error", stuck, at_most=0.01),
            Bound("tanh's error, of the linear net's", median["tanh", widest] / line, at_most=0.05),
            Bound("ReLU's error, of the linear net's", median["relu", widest] / line, at_most=0.2),
            Bound("trained ReLU's error with four times the units, at worst a share of", helps, at_most=0.9),
            Bound("trained ReLU's error, of the built net's", gap, at_least=5),
        ],
        story=story,
        tables=[table(story)],
    )


def table(story: Story) -> Table:
    """Return the errors by width: medians, and the range over the seeds."""
    rows = []
    for width, limit in zip(story.widths, story.limit, strict=True):
        row = [
            str(width),
            *(f"{story.errors[name, width][0]:.5f}" for name in ("linear", "constructed")),
            f"{limit:.5f}" if width >= ASYMPTOTIC else "",
        ]
        for name in TRAINED:
            errors = story.errors[name, width]
            row.append(f"{np.median(errors):.4f} ({min(errors):.4f} to {max(errors):.4f})")
        rows.append(row)
    columns = ("width", "linear", "built", "limit", *(f"trained {name}" for name in TRAINED))
    return Table("Root mean square error", columns, rows)

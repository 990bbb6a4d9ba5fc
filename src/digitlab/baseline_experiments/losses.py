"""Losses: their gradients, what stays finite far out, what guessing costs, and why MSE is not put behind a sigmoid."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.activations import Sigmoid, sigmoid, softmax
from digitlab.baseline.fit import Loss
from digitlab.baseline.gradcheck import gradcheck_loss
from digitlab.baseline.initialisers import he_normal, torch_uniform
from digitlab.baseline.linear import Initialiser
from digitlab.baseline.losses import binary_cross_entropy, cross_entropy, mse
from digitlab.baseline.module import Array
from digitlab.baseline.nets import plain_mlp
from digitlab.baseline_experiments import textbook
from digitlab.baseline_experiments.outcome import Bound, Outcome, Table
from digitlab.errors import UserError
from digitlab.reports.console import watched

LOSSES: dict[str, Loss] = {"mse": mse, "binary": binary_cross_entropy, "softmax": cross_entropy}
INITS: dict[str, Initialiser] = {"torch": torch_uniform, "he": he_normal}
FAR = (-1000.0, -100.0, 100.0, 1000.0)
LOGITS = np.linspace(-8, 8, 321)
WIDE = np.linspace(-1000, 300, 1301)
INPUTS, EXAMPLES = 64, 256  # of the fresh classifiers
WRONG, MOST_STEPS = -8.0, 20_000  # the logit from which one unit sets out to its target 1


@dataclass(frozen=True)
class Story:
    """What is drawn.

    Attributes:
        stable: Binary cross-entropy of target 1 at `WIDE`.
        naive: The same by the textbook's formula: infinite or no number where it breaks.
        slopes: By "mse" and "binary", the gradient with respect to the logit at `LOGITS`, target 1.
        first: By initialiser and number of classes, the first losses of fresh nets.
        seeds: Of the fresh nets.
    """

    stable: Array
    naive: Array
    slopes: dict[str, Array]
    first: dict[tuple[str, int], list[float]]
    seeds: list[int]


def run(*, classes: list[int], hidden_sizes: list[int], lr: float, seeds: int, seed: int) -> Outcome:
    """Check the losses, and measure what fresh classifiers lose at first.

    Args:
        classes: Numbers of classes to guess among.
        hidden_sizes: Of the fresh classifiers.
        lr: Of the descent from a wrong and sure logit.
        seeds: Fresh classifiers of each kind, with the seeds `seed`, `seed` + 1, ...
        seed: The first.
    """
    numbers = list(range(seed, seed + seeds))
    first = {
        (name, count): [first_loss(count, hidden_sizes, init, np.random.default_rng(n)) for n in numbers]
        for count in watched(classes, "fresh nets")
        for name, init in INITS.items()
    }
    stable = np.array([binary_cross_entropy(np.array([x]), np.array([1.0]))[0] for x in WIDE])
    with np.errstate(all="ignore"):
        naive = textbook.binary_cross_entropy(WIDE, 1.0)
    slopes = {"mse": mse_slope(LOGITS), "binary": bce_slope(LOGITS)}
    story = Story(stable, naive, slopes, first, numbers)
    return report(story, {"mse": steps_to_right(mse_slope, lr), "binary": steps_to_right(bce_slope, lr)}, seed)


def check(*, classes: list[int], **others: object) -> None:
    """Refuse an empty list.

    Raises:
        UserError: If there is no number of classes.
    """
    if not classes:
        raise UserError("classes must name at least one number of classes, got []; try classes=[2,10]")


def examples(name: str, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return predictions, targets, and the gradient that (prediction - target) / count makes of them.

    That of MSE is twice this: the square's 2 is not divided away.
    """
    logits = rng.normal(0, 2, (6, 4))
    if name == "softmax":
        labels = rng.integers(0, 4, 6)
        return logits, labels, (softmax(logits) - np.eye(4)[labels]) / 6
    target = rng.uniform(size=logits.shape)
    prediction = logits if name == "mse" else sigmoid(logits)
    return logits, target, (2 if name == "mse" else 1) * (prediction - target) / target.size


def far_out() -> tuple[float, int, list[list[str]]]:
    """Return the stable losses' largest error at ±100 and ±1000, how often the naive ones fail there, and the rows.

    The loss is 0 for a right and sure logit and the logit's size for a wrong one, but for less than 1e-43.

    Raises:
        FloatingPointError: If anything but underflow happens in the stable ones.
    """
    rows, largest, failures = [], 0.0, 0
    for x in FAR:
        with np.errstate(all="raise", under="ignore"):
            binary, slope = binary_cross_entropy(np.array([x]), np.array([1.0]))
            multi, slopes = cross_entropy(np.array([[x, 0.0]]), np.array([0]))
        with np.errstate(all="ignore"):
            naive_binary = float(textbook.binary_cross_entropy(np.array([x]), 1.0)[0])
            naive_multi = float(textbook.cross_entropy(np.array([[x, 0.0]]), np.array([0]))[0])
        exact = max(-x, 0.0)
        largest = max(largest, abs(binary - exact), abs(multi - exact))
        failures += sum(not math.isfinite(value) for value in (naive_binary, naive_multi))
        rows.append([f"{v + 0.0:.4g}" for v in (x, binary, slope[0], naive_binary, multi, slopes[0, 0], naive_multi)])
    return largest, failures, rows


def mse_slope(logits: Array) -> Array:
    """Return the gradient of (sigmoid(x) - 1)² for each logit x on its own, by the layer's backward pass."""
    unit = Sigmoid()
    p = unit.forward(logits)
    return unit.backward(mse(p, np.ones_like(p))[1] * p.size)


def bce_slope(logits: Array) -> Array:
    """Return the gradient of binary cross-entropy with target 1 with respect to each logit on its own."""
    return binary_cross_entropy(logits, np.ones_like(logits))[1] * logits.size


def steps_to_right(slope: Callable[[Array], Array], lr: float) -> int:
    """Return how many steps of descent take one logit from wrong and sure to the right side, at most MOST_STEPS."""
    x, steps = np.array([WRONG]), 0
    while x[0] <= 0 and steps < MOST_STEPS:
        x, steps = x - lr * slope(x), steps + 1
    return steps


def first_loss(classes: int, hidden_sizes: list[int], init: Initialiser, rng: np.random.Generator) -> float:
    """Return the loss of a fresh net on random inputs and labels."""
    net = plain_mlp((INPUTS, *hidden_sizes, classes), rng, init=init)
    x, labels = rng.normal(size=(EXAMPLES, INPUTS)), rng.integers(0, classes, EXAMPLES)
    return cross_entropy(net.forward(x), labels)[0]


def equal_logits_gap(classes: int) -> float:
    """Return how far the loss of equal logits is from ln C."""
    value, _ = cross_entropy(np.full((classes, classes), 3.0), np.arange(classes))
    return abs(value - math.log(classes))


def report(story: Story, steps: dict[str, int], seed: int) -> Outcome:
    """Put checks and figures into an outcome."""
    checked = {name: examples(name, np.random.default_rng([seed, 0])) for name in LOSSES}
    gaps = {name: gradcheck_loss(LOSSES[name], *example[:2]) for name, example in checked.items()}
    forms = max(float(np.abs(LOSSES[n](*e[:2])[1] - e[2]).max()) for n, e in checked.items())
    error, failures, rows = far_out()
    equal = max(equal_logits_gap(count) for _, count in story.first)
    fresh = max(abs(float(np.mean(v)) - math.log(count)) for (name, count), v in story.first.items() if name == "torch")
    mse_at, bce_at = (abs(float(slope(np.array([WRONG]))[0])) for slope in (mse_slope, bce_slope))
    return Outcome(
        summary=f"losses: gradients right to {max(gaps.values()):.0e}, finite at ±1000, where textbook formulas fail"
        f" {failures} times; guessing costs ln C to {equal:.0e}, a fresh net to {fresh:.3f} (n = {len(story.seeds)});"
        f" from logit {WRONG:g} to 0, MSE behind a sigmoid needs {steps['mse']} steps, cross-entropy {steps['binary']}",
        figures={"largest_gap": max(gaps.values()), "naive_failures": failures, "fresh_from_ln_c": fresh}
        | {f"{name}/steps": count for name, count in steps.items()},
        metrics=metrics(story),
        bounds=[
            Bound("gradients' largest relative distance from central differences", max(gaps.values()), at_most=1e-8),
            Bound("gradients' largest distance from (prediction - target) / count", forms, at_most=1e-15),
            Bound("losses' largest error at ±100 and ±1000", error, at_most=1e-40),
            Bound("infinities and not-numbers of the textbook's formulas there", failures, at_least=5),
            Bound("equal logits' largest distance from ln C", equal, at_most=1e-14),
            Bound("fresh nets' largest mean distance from ln C", fresh, at_most=0.1),
            Bound(f"gradient of MSE behind a sigmoid at logit {WRONG:g}", mse_at, at_most=0.001),
            Bound(f"gradient of binary cross-entropy at logit {WRONG:g}", bce_at, at_least=0.999),
        ],
        story=story,
        tables=[
            Table("Far out", ("logit", "binary", "gradient", "naive", "softmax", "its gradient", "its naive"), rows),
            Table("First loss", ("classes", "ln C", "torch's weights", "He's weights"), first_rows(story)),
        ],
    )


def first_rows(story: Story) -> list[list[str]]:
    """Return a row for each number of classes: ln C, and mean ± standard deviation of the fresh nets' losses."""
    counts = sorted({count for _, count in story.first})
    shown = {
        key: f"{np.mean(values):.3f} ± {np.std(values, ddof=len(values) > 1):.3f}"
        for key, values in story.first.items()
    }
    return [[str(count), f"{math.log(count):.3f}", *(shown[name, count] for name in INITS)] for count in counts]


def metrics(story: Story) -> list[dict[str, object]]:
    """Return a row for every fresh net and every place of the curves."""
    rows: list[dict[str, object]] = [
        {"weights": name, "classes": count, "seed": number, "first_loss": value}
        for (name, count), values in story.first.items()
        for number, value in zip(story.seeds, values, strict=True)
    ]
    wide = zip(WIDE, story.stable, story.naive, strict=True)
    rows += [{"logit": float(x), "loss": float(loss), "naive_loss": float(naive)} for x, loss, naive in wide]
    near = zip(LOGITS, story.slopes["mse"], story.slopes["binary"], strict=True)
    return rows + [{"logit": float(x), "mse_slope": float(m), "binary_slope": float(b)} for x, m, b in near]

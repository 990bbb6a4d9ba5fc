"""Activations: value and derivative, what stays finite far out, and what ten of them do to a gradient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from digitlab.baseline.gradcheck import STEP
from digitlab.baseline.initialisers import glorot_uniform, he_normal
from digitlab.baseline.linear import Initialiser, Linear
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.module import Array, Module
from digitlab.baseline.nets import ACTIVATIONS, plain_mlp
from digitlab.baseline_experiments import textbook
from digitlab.baseline_experiments.outcome import Bound, Outcome, Table
from digitlab.reports.console import watched

ALL: dict[str, Callable[[], Module]] = {
    "ReLU": ReLU, "leaky ReLU": LeakyReLU, "sigmoid": Sigmoid, "tanh": Tanh, "softmax": Softmax,
}  # fmt: skip
LIMITS = {
    "ReLU": (0, 1000),
    "leaky ReLU": (-10, 1000),
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "softmax": (0, 1),
}  # at ±FAR
NAIVE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": textbook.sigmoid, "tanh": textbook.tanh, "softmax": lambda x: textbook.softmax(beside_zeros(x))[:, 0],
}  # fmt: skip
INITS: dict[str, Initialiser] = {
    "relu": he_normal, "leaky_relu": he_normal, "sigmoid": glorot_uniform, "tanh": glorot_uniform,
}  # fmt: skip
PLACES = np.linspace(-6, 6, 400)  # an even number, so that none is the kink at 0
FAR = 1000.0
STEEPEST = {"ReLU": 1.0, "sigmoid": 0.25, "tanh": 1.0, "softmax": 0.25}
TURNS = (0.0, np.log(2))  # where sigmoid and tanh are steepest, and where softmax of (x, 0, 0) is
CLASSES, EXAMPLES = 10, 64  # of the deep nets' loss


@dataclass(frozen=True)
class Story:
    """Curves by name at `PLACES`, and the size of each layer's gradient by activation, `(seeds, depth)`."""

    values: dict[str, Array]
    derivatives: dict[str, Array]
    norms: dict[str, Array]


def run(*, depth: int, width: int, seeds: int, seed: int) -> Outcome:
    """Compute curves and their derivatives, look far out, and send gradients through deep nets.

    Args:
        depth: Hidden layers, each followed by the activation.
        width: Units of each.
        seeds: Nets of each activation, with the seeds `seed`, `seed` + 1, ...
        seed: The first.
    """
    curves = {name: curve(make(), PLACES) for name, make in ALL.items()}
    gaps = {name: float(np.abs(curves[name][1] - differences(make(), PLACES)).max()) for name, make in ALL.items()}
    norms = {}
    for name, init in INITS.items():
        numbers = watched(range(seed, seed + seeds), name)
        norms[name] = np.array([layer_norms(name, init, depth, width, np.random.default_rng(n)) for n in numbers])
    story = Story({name: c[0] for name, c in curves.items()}, {name: c[1] for name, c in curves.items()}, norms)
    return report(story, gaps, seed)


def beside_zeros(x: Array) -> Array:
    """Return logits `(N, 3)`: each x and two zeros."""
    return np.stack([x, 0 * x, 0 * x], axis=1)


def curve(layer: Module, x: Array) -> tuple[Array, Array]:
    """Return value and derivative at each x, by the layer's own forward and backward pass.

    Softmax needs company: x stands first of three logits, the others are 0, and the first output counts.
    """
    if isinstance(layer, Softmax):
        value = layer.forward(beside_zeros(x))[:, 0]
        first = np.tile([1.0, 0.0, 0.0], (len(x), 1))
        return value, layer.backward(first)[:, 0]
    return layer.forward(x), layer.backward(np.ones_like(x))


def differences(layer: Module, x: Array) -> Array:
    """Return the derivative at each x by central differences."""
    return (curve(layer, x + STEP)[0] - curve(layer, x - STEP)[0]) / (2 * STEP)


def naive_at(name: str, x: float) -> str:
    """Return what the textbook's formula gives at x, with the error that NumPy finds on the way."""
    place = np.array([x])
    with np.errstate(all="ignore"):
        shown = f"{NAIVE[name](place)[0]:g}"
    try:
        with np.errstate(all="raise", under="ignore"):
            NAIVE[name](place)
    except FloatingPointError as error:
        return f"{shown} ({str(error).split()[0]})"
    return shown


def layer_norms(name: str, init: Initialiser, depth: int, width: int, rng: np.random.Generator) -> Array:
    """Return the norm of the weights' gradient in each hidden layer of a fresh net, `(depth,)`.

    Input and all hidden layers have the same width, so that the norms compare. The loss is softmax cross-entropy on
    random inputs and labels.
    """
    net = plain_mlp((*[width] * (depth + 1), CLASSES), rng, ACTIVATIONS[name], init)
    x, labels = rng.normal(size=(EXAMPLES, width)), rng.integers(0, CLASSES, EXAMPLES)
    net.backward(cross_entropy(net.forward(x), labels)[1])
    layers = [layer for _, layer in net.children() if isinstance(layer, Linear)]
    return np.array([np.linalg.norm(layer.weight.grad) for layer in layers[:-1]])


def shares_of_last(norms: Array) -> Array:
    """Return each layer's norm as a share of its net's last layer's, 0 in a net that is dead: nothing comes back."""
    last = norms[:, -1:]
    return np.divide(norms, last, out=np.zeros_like(norms), where=last > 0)


def far_out() -> tuple[float, list[list[str]]]:
    """Return the largest distance from the limits at ±1000, and a table row for each activation.

    Raises:
        FloatingPointError: If anything but underflow happens on the way.
    """
    rows, largest = [], 0.0
    for name, make in ALL.items():
        with np.errstate(all="raise", under="ignore"):
            value, derivative = curve(make(), np.array([-FAR, FAR]))
        largest = max(largest, float(np.abs(value - LIMITS[name]).max()))
        naive = [naive_at(name, x) if name in NAIVE else "" for x in (-FAR, FAR)]
        rows.append([name, *(f"{v:g}" for v in (*value, *derivative)), *naive])
    return largest, rows


def report(story: Story, gaps: dict[str, float], seed: int) -> Outcome:
    """Put curves, limits and gradients into an outcome."""
    peaks = {name: float(curve(make(), np.append(PLACES, TURNS))[1].max()) for name, make in ALL.items()}
    distance, rows = far_out()
    overflows = sum("overflow" in row[-1] + row[-2] for row in rows)
    reached = {name: shares_of_last(norms)[:, 0] for name, norms in story.norms.items()}
    median = {name: float(np.median(shares)) for name, shares in reached.items()}
    depth, nets = story.norms["relu"].shape[1], len(story.norms["relu"])
    return Outcome(
        summary=f"activations: of the gradient at layer {depth}, layer 1 gets {median['sigmoid']:.1e} with sigmoid,"
        f" {median['tanh']:.2f} with tanh and {median['relu']:.2f} with ReLU (medians, n = {nets});"
        f" derivatives right to {max(gaps.values()):.0e}, exact at ±1000, where {overflows} textbook formulas overflow",
        figures={"largest_gap": max(gaps.values()), "distance_at_1000": distance, "naive_overflows": overflows}
        | {f"{name}/first_over_last": value for name, value in median.items()},
        metrics=metrics(story, seed),
        bounds=[
            Bound("derivatives' largest distance from central differences", max(gaps.values()), at_most=1e-9),
            Bound("values' largest distance from their limits at ±1000", distance, at_most=0),
            Bound("textbook formulas that overflow there", overflows, at_least=3),
            *(Bound(f"largest derivative of {name}", peaks[name], peak, peak) for name, peak in STEEPEST.items()),
            Bound("sigmoid: first layer's gradient, of the last's", median["sigmoid"], at_most=0.25 ** (depth - 2)),
            Bound("tanh: first layer's gradient, of the last's", median["tanh"], at_least=0.1),
            Bound("ReLU: first layer's gradient, of the last's", median["relu"], at_least=0.1),
        ],
        story=story,
        tables=[
            Table("Far out", ("", *(f"{f}({x})" for f in ("f", "f'", "naive f") for x in (-1000, 1000))), rows),
            Table(*depth_rows(peaks, gaps, reached, depth)),
        ],
    )


def depth_rows(
    peaks: dict[str, float], gaps: dict[str, float], reached: dict[str, Array], depth: int
) -> tuple[str, tuple[str, ...], list[list[str]]]:
    """Return title, columns and rows: what a gradient can keep at best, and what it did keep."""
    rows = []
    for name, peak in peaks.items():
        shares = reached.get(name.replace(" ", "_").lower())
        low, median, high = np.quantile(shares, (0.1, 0.5, 0.9)) if shares is not None else (np.nan,) * 3
        kept = f"{median:.2g} ({low:.2g} to {high:.2g})" if shares is not None else "an output's, not a hidden layer's"
        rows.append([name, f"{gaps[name]:.0e}", f"{peak:g}", f"{peak**depth:.1e}", kept])
    columns = ("", "off by", "largest f'", f"its power {depth}", "gradient of layer 1 / last, median (10% to 90%)")
    return "Derivatives, and what is left of a gradient", columns, rows


def metrics(story: Story, seed: int) -> list[dict[str, object]]:
    """Return a row for every layer of every net, and for every place of the curves."""
    rows: list[dict[str, object]] = [
        {"activation": name, "seed": seed + number, "layer": layer + 1, "gradient_norm": float(norm)}
        for name, norms in story.norms.items()
        for (number, layer), norm in np.ndenumerate(norms)
    ]
    for name in ALL:
        places = zip(PLACES, story.values[name], story.derivatives[name], strict=True)
        rows += [{"activation": name, "x": float(x), "value": float(y), "derivative": float(d)} for x, y, d in places]
    return rows

"""Small nets on the bundled digits, one optimizer at a time: tuned on some seeds, measured on others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitlab.baseline.module import Array
from digitlab.baseline.nets import ACTIVATIONS, plain_mlp
from digitlab.baseline_experiments.rates import RIVALS, Sweep
from digitlab.baseline_experiments.side_by_side import Examples, losses_of, side_by_side, train_epoch
from digitlab.data.sources.digits import read_digits
from digitlab.reports.console import watched

VAL_SHARE = 0.2  # of the bundled digits' training part, another fifth for each seed; the test part is not touched


@dataclass(frozen=True)
class Recipe:
    """How the nets are made and trained, but for optimizer and rate."""

    hidden_sizes: Sequence[int]
    activation: str
    epochs: int
    batch_size: int


@dataclass(frozen=True)
class Runs:
    """One optimizer at one rate, on K seeds: validation loss after each epoch `(epochs, K)`, last training loss."""

    curves: Array
    train: Array

    @property
    def val(self) -> Array:
        """The last validation losses, `(K,)`."""
        return np.asarray(self.curves[-1])


@dataclass(frozen=True)
class Rival:
    """One optimizer: its sweeps of validation and training loss, and its runs on fresh seeds at the best rate."""

    val: Sweep
    train: Sweep
    fresh: Runs
    steps: int


def compete(name: str, recipe: Recipe, rates: Array, tuning: Sequence[int], fresh: Sequence[int]) -> Rival:
    """Find the rate with the lowest mean validation loss on the tuning seeds, and train with it on fresh ones."""
    data = draw_examples(tuning)
    sweep = [train(name, float(rate), recipe, tuning, data) for rate in watched(rates, name)]
    val, last = Sweep(rates, np.array([run.val for run in sweep])), Sweep(rates, np.array([run.train for run in sweep]))
    data = draw_examples(fresh)
    examples = data[0].labels.shape[1]
    steps = recipe.epochs * (1 if name == "GD" else -(-examples // recipe.batch_size))
    return Rival(val, last, train(name, val.best_rate, recipe, fresh, data), steps)


def draw_examples(seeds: Sequence[int]) -> tuple[Examples, Examples]:
    """Return what each seed's net learns from and is measured on."""
    images, labels = read_digits("train")
    pixels = (images.reshape(len(images), -1) / 255).astype(np.float32)  # twice as fast as float64
    orders = np.array([np.random.default_rng([seed, 0]).permutation(len(labels)) for seed in seeds])
    held_out = round(VAL_SHARE * len(labels))
    val, train = orders[:, :held_out], orders[:, held_out:]
    return Examples(pixels[train], labels[train]), Examples(pixels[val], labels[val])


def train(name: str, lr: float, recipe: Recipe, seeds: Sequence[int], data: tuple[Examples, Examples]) -> Runs:
    """Train one net per seed; for the same seed all optimizers have the same weights, images and batches."""
    examples, val = data
    sizes = (examples.inputs.shape[-1], *recipe.hidden_sizes, int(examples.labels.max()) + 1)
    activation = ACTIVATIONS[recipe.activation]
    net = side_by_side([plain_mlp(sizes, np.random.default_rng([seed, 1]), activation) for seed in seeds])
    net.astype(np.float32)
    optimizer = RIVALS[name](net.parameters(), lr)
    shuffles = [np.random.default_rng([seed, 2]) for seed in seeds]
    curves = []
    for _ in range(recipe.epochs):
        orders = np.array([shuffle.permutation(examples.labels.shape[1]) for shuffle in shuffles])
        train_epoch(net, optimizer, examples, None if name == "GD" else recipe.batch_size, orders)
        curves.append(losses_of(net, val))
    return Runs(np.array(curves), losses_of(net, examples))

"""Handwritten digits: the lesson's MLP, in NumPy, to a test accuracy."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitlab.baseline.containers import Sequential
from digitlab.baseline.fit import accuracy, fit, predict
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.module import Array
from digitlab.baseline.nets import lesson_mlp
from digitlab.baseline.optimizers import Adam
from digitlab.baseline_experiments.outcome import Bound, Outcome
from digitlab.data.catalogue import BUNDLED, SOURCES, Part
from digitlab.data.formats.idx import read_idx
from digitlab.data.sources.digits import read_digits
from digitlab.data.sources.download import ensure_files
from digitlab.errors import UserError
from digitlab.paths import script, shown
from digitlab.reports.console import console

CLASSES = 10
LEAST_ACCURACY = {"digits": 0.97, "mnist": 0.975}  # on the test images, what check=true asks for
PATIENCE_SECONDS = 0.5  # an epoch that takes longer gets a line of its own


@dataclass(frozen=True)
class Recipe:
    """How a net is made and trained; the keys of the configuration."""

    hidden_sizes: list[int]
    dropout: float
    lr: float
    epochs: int
    batch_size: int
    val_share: float


@dataclass(frozen=True)
class Images:
    """A data set: images uint8 `(N, H, W)` and labels int `(N,)`, to learn from and to test with."""

    name: str
    train: tuple[Array, Array]
    test: tuple[Array, Array]


@dataclass(frozen=True)
class Story:
    """The first net: its epochs, and what it takes each test image for."""

    name: str
    epochs: list[dict[str, Any]]
    images: Array
    labels: Array
    guesses: Array


def check(
    *, dataset: str, data_dir: str, val_share: float, batch_size: int, hidden_sizes: list[int], **others: Any
) -> None:
    """Refuse images that are not there or cannot be learned from, and shares and batches that do not fit them.

    Raises:
        UserError: With the setting or file, what is wrong, and what to type instead.
    """
    if dataset != BUNDLED:
        _check_files(dataset, data_dir)
    images = Images(dataset, _read(dataset, data_dir, "train"), _read(dataset, data_dir, "test"))
    count = len(images.train[0])
    val = round(val_share * count)
    train = count - val
    if val < 1 or train < 2:
        share = 0.1 if count >= 10 else round(max(count // 3, 1) / count, 2)
        raise UserError(
            f"val_share={val_share} keeps {val} of {count} training images for validation and leaves {train}; "
            f"at least 1 and 2 are needed; " + (f"try val_share={share}" if count > 2 else "use more images")
        )
    if hidden_sizes and train % batch_size == 1:
        raise UserError(
            f"batch_size={batch_size} leaves a last batch of 1 of {train} training images, which has no variance for "
            f"the batch norm; try batch_size={batch_size + 1 if train % (batch_size + 1) != 1 else batch_size + 2}"
        )
    if images.train[0].shape[1:] != images.test[0].shape[1:]:
        sizes = [f"{height} x {width}" for _, height, width in (images.train[0].shape, images.test[0].shape)]
        raise UserError(
            f"paths.data_dir: training images of {sizes[0]} pixels and test images of {sizes[1]} do not go "
            "together; both must be the same data set's"
        )
    if images.train[0].std() == 0:
        raise UserError("paths.data_dir: all pixels of the training images have one value; there is nothing to learn")


def _check_files(dataset: str, data_dir: str) -> None:
    missing = SOURCES[dataset].missing(data_dir)
    if missing:
        raise UserError(
            f"paths.data_dir: {shown(missing[0])} is not there; `{script('train')} model=mlp` fetches MNIST, and "
            "experiment=digits needs no files"
        )
    ensure_files(dataset, data_dir, download=False, timeout_seconds=30.0, num_classes=CLASSES)


def run(
    *,
    dataset: str,
    data_dir: str,
    hidden_sizes: list[int],
    dropout: float,
    lr: float,
    epochs: int,
    batch_size: int,
    val_share: float,
    seeds: int,
    seed: int,
) -> Outcome:
    """Train the lesson's MLP on handwritten digits, once per seed.

    Args:
        dataset: "digits", which are bundled, or "mnist".
        data_dir: Folder in torchvision's layout, for MNIST.
        hidden_sizes: Width of each hidden layer.
        dropout: Share of hidden activations zeroed while training, in [0, 1).
        lr: Learning rate of Adam.
        epochs: Passes over the training images.
        batch_size: Images per step.
        val_share: Share of the training images kept for validation, in (0, 1).
        seeds: Nets, with the seeds `seed`, `seed` + 1, ...
        seed: The first.
    """
    recipe = Recipe(hidden_sizes, dropout, lr, epochs, batch_size, val_share)
    images = Images(dataset, _read(dataset, data_dir, "train"), _read(dataset, data_dir, "test"))
    return classify(images, recipe, range(seed, seed + seeds), LEAST_ACCURACY[dataset])


def _read(dataset: str, data_dir: str, part: Part) -> tuple[Array, Array]:
    if dataset == BUNDLED:
        return read_digits(part)
    images, labels = (read_idx(path) for path in SOURCES[dataset].paths(data_dir, part))
    return images, labels.astype(int)


def classify(images: Images, recipe: Recipe, seeds: range, at_least: float) -> Outcome:
    """Train once per seed, test the last weights of each once, and hold the mean to `at_least`."""
    mean, deviation = images.train[0].mean(), images.train[0].std()

    def inputs(pixels: Array) -> Array:
        flat = pixels.reshape(len(pixels), -1).astype(np.float32)
        return (flat - np.float32(mean)) / np.float32(deviation)

    rows, tested, stories = [], [], []
    for seed in seeds:
        net, epochs = train(inputs(images.train[0]), images.train[1], recipe, seed)
        guesses = predict(net, inputs(images.test[0])).argmax(axis=1)
        tested.append(float((guesses == images.test[1]).mean()))
        rows += [{"seed": seed, **epoch} for epoch in epochs]
        stories.append(Story(images.name, epochs, *images.test, guesses))
        console.print(f"seed {seed}: {tested[-1]:.2%} of the test images right, {len(epochs)} epochs")
    return report(images, rows, tested, stories[0], at_least)


def train(x: Array, labels: Array, recipe: Recipe, seed: int) -> tuple[Sequential, list[dict[str, Any]]]:
    """Return a net trained on `x`, float32 `(N, D)`, and what each epoch came to.

    Raises:
        FloatingPointError: If it diverges.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    val, rest = np.split(order, [round(recipe.val_share * len(x))])
    net = lesson_mlp(rng, (x.shape[1], *recipe.hidden_sizes, CLASSES), recipe.dropout)
    net.astype(np.float32)
    epochs: list[dict[str, Any]] = []
    started = time.perf_counter()

    def look(epoch: int, loss: float) -> None:
        nonlocal started
        seconds = time.perf_counter() - started
        figures = {"train/loss": loss, "val/acc": accuracy(net, x[val], labels[val])}
        epochs.append({"epoch": epoch, **figures, "seconds": round(seconds, 3)})
        if seconds > PATIENCE_SECONDS:
            told = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
            console.print(f"seed {seed}  epoch {epoch:2d}/{recipe.epochs}  {told}  {seconds:.1f} s")
        started = time.perf_counter()

    fit(
        net, cross_entropy, Adam(net.parameters(), recipe.lr), x[rest], labels[rest], epochs=recipe.epochs,
        batch_size=recipe.batch_size, rng=rng, after_epoch=look,
    )  # fmt: skip
    return net, epochs


def report(images: Images, rows: list[dict[str, Any]], tested: list[float], story: Story, at_least: float) -> Outcome:
    """Put the figures of all seeds into an outcome."""
    mean = float(np.mean(tested))
    spread = f" ± {np.std(tested, ddof=1):.2%} (n = {len(tested)})" if len(tested) > 1 else ""
    seconds = float(np.sum([row["seconds"] for row in rows])) / len(tested)
    return Outcome(
        summary=f"{images.name}: {mean:.2%}{spread} of {len(images.test[1]):,} test images right, "
        f"{seconds:.1f} s of training each",
        figures={
            "dataset": images.name,
            "test/acc": mean,
            "test/acc_each": tested,
            "val/acc": rows[-1]["val/acc"],
            "fit_seconds": round(seconds, 2),
        },
        metrics=rows,
        bounds=[Bound("share of test images right, mean", mean, at_least=at_least)],
        story=story,
    )

"""Trainings in which nothing is wrong: whatever the doctor says against one is a false alarm."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import lightning

from gallery.cases import Case, composed
from gallery.makers import by_hand, dictionaries, hard_tuples, normalised, tuples

MODELS = {
    "mlp": ("model=mlp",),
    "cnn": ("model=cnn", "model.channels=[8,16,32]", "model.dropout=0.25"),
    "staged_cnn": ("model=staged_cnn", "model.channels=[8,16]", "model.depths=[1,1]", "model.dropout=0.2"),
    "digit_classifier": ("model=digit_classifier", "model.channels=[8,16,32]", "model.hidden_size=64"),
    "plain_mlp": ("model=plain_mlp",),
    "plain_cnn": ("model=plain_cnn",),
}
DATA = {
    "digits": (),
    "affine digits": ("augment=affine", "trainer.max_epochs=12"),
    "tensors": ("data=tensors",),
    "moved tensors": ("data=tensors", "data.shift=2", "trainer.max_epochs=12"),
}
OPTIMIZERS = {
    "adam": ("optimizer=adam",),
    "sgd": ("optimizer=sgd", "optimizer.lr=0.05", "scheduler=cosine"),
    "adamw": ("optimizer=adamw", "optimizer.lr=0.002", "scheduler=cosine"),
    "rmsprop": ("optimizer=rmsprop", "scheduler=plateau"),
}
OTHERS = {
    "mlp by steps": (*MODELS["mlp"], "trainer.max_epochs=-1", "trainer.max_steps=300"),
    "mlp smoothed": (*MODELS["mlp"], "label_smoothing=0.1"),
    "cnn by gathered gradients": (*MODELS["cnn"], "trainer.accumulate_grad_batches=2", "trainer.max_epochs=16"),
    "cnn by large batches": (*MODELS["cnn"], "data.batch_size=128", "trainer.max_epochs=30"),
}
SHORT = ("trainer.max_epochs=2", "trainer.limit_train_batches=200")  # of MNIST's 430 batches an epoch
MAKERS = {
    "tuples": tuples,
    "moved tuples": hard_tuples,
    "dictionaries": dictionaries,
    "with norm": normalised,
    "by hand": by_hand,
}


@dataclass(frozen=True)
class Healthy:
    """A healthy training.

    Attributes:
        name: Network, data, optimizer and seed.
        build: Returns the case.
    """

    name: str
    build: Callable[[], Case]


def healthy(data_dir: Path | None = None) -> list[Healthy]:
    """Return all of them: 12 of each optimizer on the bundled digits, 4 others, 20 by hand, and MNIST's where it lies.

    Every model meets every kind of data, and every optimizer each of both, with a seed of its own.

    Args:
        data_dir: A folder with MNIST/raw; without it, or if it holds none, there are none of MNIST.
    """
    all_of_them = []
    for number, (model, data) in enumerate(product(MODELS, DATA)):
        for optimizer in list(OPTIMIZERS)[number % 2 :: 2]:  # half of all combinations: 48
            overrides = (*MODELS[model], *DATA[data], *OPTIMIZERS[optimizer])
            seed = 100 + len(all_of_them)
            name = f"{model}, {data}, {optimizer}, seed {seed}"
            all_of_them.append(Healthy(name, partial(composed, *overrides, seed=seed)))
    for name, overrides in OTHERS.items():
        all_of_them.append(Healthy(f"{name}, digits", partial(composed, *overrides, seed=7)))
    for (style, maker), net, seed in product(MAKERS.items(), ("mlp", "cnn"), (1, 2)):  # 20
        all_of_them.append(Healthy(f"{style}, {net}, seed {seed}", partial(_made, maker, net, seed)))
    if data_dir is not None and (data_dir / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file():
        for number, (model, optimizer) in enumerate(product(list(MODELS)[:4], ("adam", "sgd"))):  # 8
            mnist = (
                "data=mnist",
                "data.download=false",
                f"paths.data_dir={data_dir.absolute()}",
                "trainer.max_epochs=2",
            )
            overrides = (*MODELS[model], *mnist, *OPTIMIZERS[optimizer])
            name = f"{model}, mnist, {optimizer}, seed {number}"
            all_of_them.append(Healthy(name, partial(composed, *overrides, seed=number)))
    return all_of_them


def _made(maker: Callable[[str, int], Case], net: str, seed: int) -> Case:
    lightning.seed_everything(seed, verbose=False)
    return maker(net, seed)

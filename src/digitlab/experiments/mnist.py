"""MNIST: the same as `digits`, on the data set that everybody compares with."""

from pathlib import Path
from typing import Any

from digitlab.baseline.module import Array
from digitlab.data.catalog import SOURCES, Part
from digitlab.data.idx import read_idx
from digitlab.errors import UserError
from digitlab.experiments.digits import Images, Recipe, classify
from digitlab.experiments.outcome import Outcome
from digitlab.paths import script, shown


def check(*, data_dir: str, **settings: Any) -> None:
    """Refuse a folder that lacks any of the four files.

    Raises:
        UserError: With the first missing file, and two ways on.
    """
    missing = SOURCES["mnist"].missing(data_dir)
    if missing:
        raise UserError(
            f"paths.data_dir: {shown(missing[0])} is not there; `{script('train')} model=mlp` fetches MNIST, and "
            "experiment=digits needs no files"
        )


def run(
    *,
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
    """Train the lesson's MLP on MNIST, once per seed.

    Args:
        data_dir: Folder in torchvision's layout, with `MNIST/raw`.
        hidden_sizes: Width of each hidden layer.
        dropout: Share of hidden activations zeroed while training, in [0, 1).
        lr: Learning rate of Adam.
        epochs: Passes over the training images.
        batch_size: Images per step.
        val_share: Share of the 60,000 training images kept for validation, in (0, 1).
        seeds: Nets, with the seeds `seed`, `seed` + 1, ...
        seed: The first.
    """
    recipe = Recipe(hidden_sizes, dropout, lr, epochs, batch_size, val_share)
    images = Images("mnist", _read(data_dir, "train"), _read(data_dir, "test"))
    return classify(images, recipe, range(seed, seed + seeds), at_least=0.975)


def _read(data_dir: str, part: Part) -> tuple[Array, Array]:
    images, labels = (read_idx(path) for path in SOURCES["mnist"].paths(Path(data_dir), part))
    if images.ndim != 3 or labels.shape != (len(images),) or labels.max() > 9:
        raise UserError(
            f"paths.data_dir: the {part} files in {shown(data_dir)} do not belong together; fetch them again"
        )
    return images, labels.astype(int)

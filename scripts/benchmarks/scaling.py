"""Cost per image and memory of data=idx as the set grows, against MNIST in memory.

The sets are MNIST's images repeated, shifted by some pixels, in files that are written to --folder and removed
at the end. The MLP is trained, the cheapest network, whose steps hide nothing of the reading. Time per image is that of
the steps after --warm-up, ends of epochs included; the files have been written just before, so as far as memory goes
they lie in the system's cache. Without room in memory for the largest file a disk is measured as well.
"""

import argparse
import atexit
import math
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.arguments import add_data_dir, positive
from benchmarks.copies import ensure_copies
from benchmarks.meter import MEGABYTE, Meter
from benchmarks.processes import LESSONS_MATHEMATICS, run_digitlab
from benchmarks.turns import Contender, Figures

WORK = "training the MLP on sets of growing size, batch 128"
ROUNDS, THREADS = 3, None
BATCH_SIZE, IN_MEMORY = 128, 60_000
PLAIN = ("model=mlp", f"data.batch_size={BATCH_SIZE}", "callbacks=none", "logger=none", "test=false")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    parser.add_argument("--folder", type=Path, required=True, help="for the files; 0.8 kB for each image")
    parser.add_argument(
        "--sizes", type=positive, nargs="+", default=[60_000, 600_000, 8_100_000], help="images of each set"
    )
    parser.add_argument("--steps", type=positive, default=6000, help="at least so many of each training (6000)")
    parser.add_argument("--warm-up", type=positive, default=1000, help="of these, left out (1000)")


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return the one contest."""
    folder = options.folder / "digitlab-benchmark-copies"
    folder.mkdir(parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    contenders = {f"in memory, {IN_MEMORY:,}": Contender(partial(train, options, IN_MEMORY, ["data=mnist"]))}
    for size in options.sizes:
        write = partial(ensure_copies, options.data_dir, folder, size)
        contenders[f"idx, {size:,}"] = Contender(partial(train_on_copies, options, size, write), warm_up=write)
    return {"mlp": contenders}


def train_on_copies(
    options: argparse.Namespace, size: int, write: Callable[[], tuple[Path, Path]], number: int
) -> Figures:
    """Train on so many images from files."""
    images, labels = write()
    return train(options, size, ["data=idx", f"data.train_images={images}", f"data.train_labels={labels}"], number)


def train(options: argparse.Namespace, size: int, data: list[str], number: int) -> Figures:
    """Train on so many images, and measure."""
    batches = math.ceil(size / BATCH_SIZE)
    epochs = math.ceil(options.steps / batches)
    length = [f"trainer.max_epochs={epochs}"]
    if epochs == 1:
        length.append(f"trainer.limit_train_batches={options.steps}")
    meter = Meter()
    settings = (*LESSONS_MATHEMATICS, *PLAIN, *data, *length, f"seed={number}")
    done = run_digitlab(options, *settings, watch=meter, warm_up=options.warm_up)
    images, seconds, processor = done["steady"]
    return {
        "per image [µs]": 1e6 * seconds / images,
        "per image, processor time [µs]": 1e6 * processor / images,
        "wait for an epoch's first batch [s]": done["wait_seconds"][0],
        "peak beyond the imports [MB]": (meter.peak - done["imports"]["resident"]) / MEGABYTE,
    }

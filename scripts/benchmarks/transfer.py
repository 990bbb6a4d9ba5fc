"""Transfer learning: accuracy against the number of labels, frozen, fine-tuned and from scratch.

    python scripts/benchmark.py transfer --rounds 5 --picture docs/transfer.png

The lesson's CNN learns MNIST's digits 0-4, or all of MNIST, in one epoch. Then, from as many labels of each class as a
contest says, it learns the digits 5-9, or the bundled digits: as a new head on frozen features (`finetuning=frozen`),
with the features learning at a tenth of the head's rate (`finetuning=full`), or from new weights. A round is a seed: of
the weights, also of the network that is begun with, and of the labels that are chosen, the same for all three. All take
the same number of steps, the rate goes up and down in one cycle, and the last weights are tested: nothing is chosen on
validation images, which would be more labels.
"""

import argparse
import contextlib
import functools
import os
import shutil
from pathlib import Path
from typing import Any

from benchmarks.arguments import add_data_dir, positive
from benchmarks.turns import Contender, Figures

WORK = "test accuracy from few labels: a CNN begun with MNIST's features, or from scratch"
ROUNDS, THREADS = 5, 1
MEASURE = "test accuracy [%]"
LABELS = ("1", "5", "10", "50", "all")
ALL = "all"
TASKS = {  # what is learnt first, and what then
    "MNIST to the bundled digits": (("data=mnist",), ("data=digits",)),
    "digits 0-4 to 5-9": (("data=mnist", "data.classes=[0,1,2,3,4]"), ("data=mnist", "data.classes=[5,6,7,8,9]")),
}
WAYS: dict[
    str, tuple[str, ...]
] = {  # each at the better of two rates or three on validation images, 10 labels, seed 11
    "frozen": ("finetuning=frozen", "optimizer.lr=0.01"),
    "fine-tuned": ("finetuning=full", "optimizer.lr=0.01"),
    "from scratch": ("optimizer.lr=0.003",),
}
ALIKE = (
    "model=cnn", "optimizer=adam", "scheduler=onecycle", "logger=none", "trainer.accelerator=cpu", "verbose=false",
    "trainer.precision=bf16-mixed", "memory_format=channels_last", "data.download=false",
)  # fmt: skip

_sources: dict[tuple[str, int], Path] = {}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), help="which (both)")
    parser.add_argument("--labels", nargs="+", choices=LABELS, default=list(LABELS), help="of each class (all five)")
    steps = "of up to 32 images in each training (80: 20 epochs of 10 images of each of ten classes)"
    parser.add_argument("--steps", type=positive, default=80, help=steps)
    parser.add_argument("--settings", nargs="*", default=[], metavar="KEY=VALUE", help="of all trainings, as typed")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the curves into this PNG")


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest for each number of labels in each task."""
    return {
        f"{task}, {labels}": {
            way: Contender(functools.partial(one_training, options, task, labels, way)) for way in WAYS
        }
        for task in options.tasks
        for labels in options.labels
    }


def finish(options: argparse.Namespace, found: dict[str, Any]) -> None:
    """Draw the curves of all contests, if a picture was asked for."""
    if options.picture is not None:
        from benchmarks.transfer_plot import draw  # matplotlib is not loaded before it is needed

        draw(found, options.picture)
        print(f"\n{options.picture} has the curves")


def one_training(options: argparse.Namespace, task: str, labels: str, way: str, seed: int) -> Figures:
    """Train on so many labels of each class and test."""
    _, learnt = TASKS[task]
    begin = () if way == "from scratch" else (f"init_from={source(options, task, seed)}",)
    if labels != ALL:
        length: tuple[str, ...] = (f"data.labels_per_class={labels}", f"trainer.max_steps={options.steps}")
    elif "data=digits" in learnt:  # some 40 steps an epoch
        length = (f"trainer.max_steps={options.steps}",)
    else:
        length = ("trainer.max_epochs=1",)
    few = ("callbacks=none", "data.batch_size=32", f"data.labels_seed={seed}", "trainer.limit_val_batches=0")
    result = run(options, seed, *learnt, *few, *WAYS[way], *length, *begin)
    return {MEASURE: 100 * result["test/acc"], "training [s]": result["fit_seconds"]}


def source(options: argparse.Namespace, task: str, seed: int) -> Path:
    """Return the checkpoint of the network that is begun with, trained once for each seed."""
    if (task, seed) not in _sources:
        from benchmarks.processes import runs_folder

        first, _ = TASKS[task]
        kept = ("callbacks=no_validation", "callbacks.learning_rate_monitor=null", "callbacks.progress=null")
        length = ("monitor=train/loss", "data.val_share=null", "trainer.max_epochs=1")
        result = run(options, seed, *first, *kept, *length, test=False)
        path = runs_folder() / f"source-{len(_sources)}.ckpt"
        shutil.copy(Path(result["directory"]) / "checkpoints" / "last.ckpt", path)
        _sources[task, seed] = path
    return _sources[task, seed]


def run(options: argparse.Namespace, seed: int, *overrides: str, test: bool = True) -> dict[str, Any]:
    """Train, and test if that is wanted, in this process and without a word; return the figures."""
    from benchmarks.processes import runs_folder
    from digitlab import compose, train  # torch is not loaded before it is needed

    directory = runs_folder() / "transfer"
    shutil.rmtree(directory, ignore_errors=True)
    places = (f"paths.data_dir={options.data_dir.absolute()}", f"hydra.run.dir={directory}")
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        training = compose(*ALIKE, *overrides, f"seed={seed}", *places, *options.settings)
        return train(training.module, training.datamodule, training.trainer, test=test)

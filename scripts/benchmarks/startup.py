"""How long one waits for the command: help, the configuration, a refusal, and the first training batch.

Each is a process of its own. The first line, Python that does nothing, is the floor under all; importing torch and
Lightning is what lies under the first batch. A warm-up before the first round brings files into memory and lets the
network be probed, as on any machine on which the command has run before.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial

from benchmarks.arguments import add_data_dir
from benchmarks.processes import LESSONS_MATHEMATICS, run, run_digitlab
from benchmarks.turns import Contender, Figures
from digitlab.paths import PROJECT_ROOT

WORK = "from the start of the process to its end, or to the first training batch"
ROUNDS, THREADS = 5, None
TRAIN = (sys.executable, str(PROJECT_ROOT / "src" / "train.py"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return the one contest."""
    ways: dict[str, Callable[[], float]] = {
        "python alone": partial(run, [sys.executable, "-c", "pass"]),
        "import torch, lightning": partial(run, [sys.executable, "-c", "import os, torch, lightning; os._exit(0)"]),
        "train.py --help": partial(run, [*TRAIN, "--help"]),
        "train.py --cfg job": partial(run, [*TRAIN, "--cfg", "job"]),
        "train.py model=cmm, refused": partial(run, [*TRAIN, "model=cmm"], expected=2),
        "train.py to the first batch": partial(first_batch, options),
    }
    return {"start": {name: Contender(partial(timed, way), warm_up=way) for name, way in ways.items()}}


def timed(way: Callable[[], float], number: int) -> Figures:
    """Return the seconds of one start."""
    return {"wait [s]": way()}


def first_batch(options: argparse.Namespace) -> float:
    """Return the seconds from the start of our command to the first batch of MNIST."""
    short = ("trainer.max_epochs=1", "trainer.limit_train_batches=1", "test=false")
    return run_digitlab(options, *LESSONS_MATHEMATICS, *short)["start_seconds"]

"""On one CUDA device: epochs of the same mathematics, and 99 %, by our command and by the lesson's program.

"cold" is the first training of a process, which starts CUDA and chooses kernels; "warm" the second one in the same
process. Clocks are read when the device has done what it was told; "training" is all of
Trainer.fit on our side. Without tensorboard in the environment the curves
are left out on our side. There must be a CUDA device.
"""

import argparse
import json
import sys
from functools import partial
from importlib.util import find_spec

from benchmarks import epoch, time_to_99
from benchmarks.arguments import add_models
from benchmarks.processes import run, runs_folder
from benchmarks.turns import Contender, Figures

WORK = "on one CUDA device: an epoch of 60,000 images, and seconds to 99 % of the test images"
ROUNDS, THREADS = 3, None
COLD, WARM, TESTED = "training, cold [s]", "training, warm [s]", "training, cold, and evaluation [s]"
ACCURACY = "test accuracy [%]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the suites that this one is made of."""
    time_to_99.add_arguments(parser)
    add_models(parser)


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest for each network and one to 99 %, or end the benchmark if there is no device."""
    import torch

    if not torch.cuda.is_available():
        sys.exit("benchmark: gpu needs a CUDA device, and torch sees none on this machine")
    races = {**epoch.contests(options), f"{options.target:.2%} on the test set": to_99(options)}
    return {f"{title}, {torch.cuda.get_device_name()}": contenders for title, contenders in races.items()}


def to_99(options: argparse.Namespace) -> dict[str, Contender]:
    """Return the contenders of the race to 99 %."""
    return {
        "digitlab": Contender(partial(digitlab, options)),
        "lesson": Contender(partial(lesson, options), rounds=options.lesson_rounds),
    }


def digitlab(options: argparse.Namespace, number: int) -> Figures:
    """Train twice in one process of ours."""
    figures = runs_folder() / "twice.json"
    logger = [] if find_spec("tensorboard") else ["logger=csv"]
    settings = ["experiment=fast", "trainer.accelerator=cuda", f"seed={number}", *logger]
    paths = [f"paths.data_dir={options.data_dir.absolute()}", "data.download=false"]
    run([sys.executable, "-m", "benchmarks.twice", str(figures), *settings, *paths])
    cold, warm = json.loads(figures.read_text())
    times = {COLD: cold["fit_seconds"], WARM: warm["fit_seconds"], TESTED: cold["fit_seconds"] + cold["test_seconds"]}
    there = min(cold["test/acc"], warm["test/acc"]) >= options.target
    return {**{name: it if there else None for name, it in times.items()}, ACCURACY: 100 * cold["test/acc"]}


def lesson(options: argparse.Namespace, number: int) -> Figures:
    """Train with the lesson's program, whose several epochs are hardly longer for being cold."""
    done = time_to_99.lesson(options, number)
    training, tested = done["training [s]"], done["training and evaluation [s]"]
    return {COLD: training, WARM: training, TESTED: tested, ACCURACY: done[ACCURACY]}

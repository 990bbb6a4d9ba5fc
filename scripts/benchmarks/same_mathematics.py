"""Test accuracy after the same training: our command and the lesson's program, with several seeds.

Speed must not cost accuracy: the same network with the same initial weights for a seed, Adam at 1e-3, batches of 128,
all 60,000 images, and the weights after the last epoch. The orders of the images and dropout differ between the sides,
so their runs are taken for independent samples. One training of the DigitClassifier by the lesson's program takes
minutes; stop when you like and continue with --continue.
"""

import argparse

from benchmarks.arguments import add_data_dir, add_models, add_workers, positive
from benchmarks.processes import LESSONS_MATHEMATICS, run_digitlab, run_lesson
from benchmarks.turns import Contender, Figures, for_each_model

WORK = "test accuracy after some epochs of 60,000 images, batch 128, Adam 1e-3"
ROUNDS, THREADS = 5, None
MEASURE = "test accuracy [%]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    add_workers(parser)
    add_models(parser)
    parser.add_argument("--epochs", type=positive, default=3, help="of each training (3)")
    seeds = {"dest": "rounds", "default": argparse.SUPPRESS, "help": "another name for --rounds"}
    parser.add_argument("--seeds", type=positive, **seeds)


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest for each network; the number of the round is the seed."""
    return for_each_model(options, digitlab=digitlab, lesson=lesson)


def digitlab(options: argparse.Namespace, model: str, seed: int) -> Figures:
    """Train and test with our command."""
    settings = (f"model={model}", f"seed={seed}", f"trainer.max_epochs={options.epochs}")
    return {MEASURE: 100 * run_digitlab(options, *LESSONS_MATHEMATICS, *settings)["test/acc"]}


def lesson(options: argparse.Namespace, model: str, seed: int) -> Figures:
    """Train and test with the lesson's program."""
    done = run_lesson(options, "--model", model, "--seed", str(seed), "--epochs", str(options.epochs))
    return {MEASURE: 100 * done["epochs"][-1]["accuracy"]}

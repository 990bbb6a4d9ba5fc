"""Seconds until 99 % of the test images are recognised: experiment=fast against the lesson's program.

The lesson's program looks at the test set after each epoch and stops at the first with 99 %. Ours trains on all 60,000
images and looks once, at its end; a run that ends below 99 % has not reached it. "training" is the training alone:
ours the whole of Trainer.fit, the lesson's its training loops. "training and evaluation" adds the tests that were made
on the way, and "whole process" counts from the start of Python to its end.
"""

import argparse
from functools import partial
from typing import Any

from benchmarks.arguments import MODELS, add_data_dir, add_workers, positive
from benchmarks.processes import run_digitlab, run_lesson
from benchmarks.turns import Contender, Figures

WORK = "from the first batch to the test accuracy that is asked for, on MNIST"
ROUNDS, THREADS = 5, None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    add_workers(parser)
    parser.add_argument("--target", type=float, default=0.99, help="test accuracy in [0, 1] (0.99)")
    parser.add_argument(
        "--model", choices=MODELS, default="digit_classifier", help="the lesson's network (digit_classifier)"
    )
    parser.add_argument("--epochs", type=positive, default=10, help="the lesson's program gives up after these (10)")
    parser.add_argument("--lesson-rounds", type=positive, help="of the lesson's program (as many as of ours)")


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return the one contest."""
    contenders = {
        "digitlab": Contender(partial(digitlab, options)),
        "lesson": Contender(partial(lesson, options), rounds=options.lesson_rounds),
    }
    return {f"{options.target:.2%} on the test set": contenders}


def digitlab(options: argparse.Namespace, number: int) -> Figures:
    """Train with our command."""
    done = run_digitlab(options, "experiment=fast", f"seed={number}")
    fit = done["fit_seconds"]
    return figures(options, done["test/acc"], fit, fit + done["test_seconds"], done["process_seconds"])


def lesson(options: argparse.Namespace, number: int) -> Figures:
    """Train with the lesson's program."""
    arguments = ("--model", options.model, "--seed", str(number), "--epochs", str(options.epochs))
    done = run_lesson(options, *arguments, "--until", str(options.target))
    epochs: list[dict[str, Any]] = done["epochs"]
    training = sum(epoch["training_seconds"] for epoch in epochs)
    evaluation = sum(epoch["evaluation_seconds"] for epoch in epochs)
    return figures(options, epochs[-1]["accuracy"], training, training + evaluation, done["process_seconds"])


def figures(options: argparse.Namespace, accuracy: float, *seconds: float) -> Figures:
    """Return the measures; those of a run that has not got there are absent."""
    names = ("training [s]", "training and evaluation [s]", "whole process [s]")
    there = accuracy >= options.target
    return {name: it if there else None for name, it in zip(names, seconds, strict=True)} | {
        "test accuracy [%]": 100 * accuracy
    }

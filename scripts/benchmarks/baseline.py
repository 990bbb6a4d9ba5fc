"""The NumPy nets against scikit-learn and torch: one epoch of a plain MLP."""

import argparse

from benchmarks.turns import Contender

WORK = "one epoch of a plain MLP 784-256-128-10, 60,000 images, batch 128, Adam, float32"
ROUNDS, THREADS = 7, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: this suite has no options of its own."""


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return the one contest."""
    from benchmarks.numpy_nets import contenders

    return {
        "plain MLP": {
            name: Contender(lambda number, run=run: {"epoch [s]": run()}, run)
            for name, run in contenders(options.threads).items()
        }
    }

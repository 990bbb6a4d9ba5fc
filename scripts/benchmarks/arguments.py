"""Options that several suites have."""

import argparse
from pathlib import Path

from digitlab.paths import PROJECT_ROOT

MODELS = ("mlp", "cnn", "digit_classifier")


def positive(text: str) -> int:
    """Return a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Add the place of MNIST, which is never fetched here."""
    parser.add_argument("--data-dir", type=Path, default=PROJECT_ROOT / "data", help="folder with MNIST/raw (data)")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the worker processes of the lesson's program."""
    parser.add_argument("--workers", type=int, default=4, help="of the lesson's loaders (4, the lesson's)")


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add the choice of networks."""
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="which (all three)")

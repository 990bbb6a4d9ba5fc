"""What the Trainer costs: one epoch as shipped against a loop written by hand.

The same process, network, loader, precision, memory layout, clipping and one-cycle schedule on both sides; the Trainer
with its loggers, callbacks, checkpoint and bar, which is drawn for a terminal that nobody sees. "epoch" is the time
from drawing the first batch to the end of the last step, by the clock and by the processor's count; "epoch and its end"
adds on the Trainer's side the line, the log files and the checkpoint of the epoch's end, which the loop has not.
"""

import argparse
import os
from collections.abc import Callable
from functools import partial

from benchmarks.arguments import add_data_dir, add_models
from benchmarks.turns import Contender, Figures
from digitlab.performance.allocator import keep_freed_memory

WORK = "one epoch of 60,000 images with the defaults, Trainer against a loop by hand"
ROUNDS, THREADS = 5, None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    add_models(parser)
    parser.add_argument("--data", default="mnist", help="data set (mnist)")
    parser.add_argument("--precision", default="auto", help="auto, 32-true or bf16-mixed (auto)")


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest for each network."""
    os.environ["FORCE_COLOR"] = "1"  # rich then takes the output for a terminal and draws the bar
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")  # as our commands do, and
    keep_freed_memory()
    from benchmarks.by_hand import Epochs  # torch is not loaded before it is needed

    trained = {model: Epochs(options, model) for model in options.models}
    return {
        model: {"Trainer": contender(epochs.by_trainer), "loop": contender(epochs.by_loop)}
        for model, epochs in trained.items()
    }


def contender(run: Callable[..., Figures]) -> Contender:
    """Return a contender that warms up with a few batches."""
    return Contender(run, partial(run, 0, batches=20))

"""Two versions of this project: the start of the command, and an epoch of training.

    git worktree add ../before <commit>
    python scripts/benchmark.py versions --other ../before --models mlp --rounds 5

Both run with the Python and the packages of this one, each with its own code, configuration and clock
(`scripts/benchmarks/clock.py`). "epoch" is from the end of the first step to the end of the last, by the clock and by
the processor's count; "first batch" is from the start of the process. Precision and memory layout are pinned, since the
two could choose differently.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from benchmarks.arguments import add_data_dir, add_models
from benchmarks.processes import LESSONS_MATHEMATICS, run, run_digitlab
from benchmarks.turns import Contender, Figures
from digitlab.paths import PROJECT_ROOT

WORK = "the start, and one epoch of 60,000 images, batch 128, Adam 1e-3, of two versions"
ROUNDS, THREADS = 5, None
PINNED = ["trainer.precision=32-true", "memory_format=contiguous"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    add_models(parser)
    parser.add_argument("--other", type=Path, default=PROJECT_ROOT, metavar="FOLDER", help="root of the other checkout")
    pinned = f"settings of both ({' '.join(PINNED)})"
    parser.add_argument("--settings", nargs="+", default=PINNED, metavar="KEY=VALUE", help=pinned)


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest of the start, and one for each network."""
    checkouts = {"this": PROJECT_ROOT, "other": options.other.absolute()}
    return {
        "start": {name: Contender(partial(start, checkout)) for name, checkout in checkouts.items()},
        **{
            model: {name: Contender(partial(epoch, options, model, checkout)) for name, checkout in checkouts.items()}
            for model in options.models
        },
    }


def start(checkout: Path, number: int) -> Figures:
    """Return the seconds of what needs no torch."""
    train = [sys.executable, str(checkout / "src" / "train.py")]
    return {
        "train.py --help [s]": run([*train, "--help"], checkout=checkout),
        "train.py --cfg job [s]": run([*train, "--cfg", "job"], checkout=checkout),
        "train.py model=cmm, refused [s]": run([*train, "model=cmm"], expected=2, checkout=checkout),
    }


def epoch(options: argparse.Namespace, model: str, checkout: Path, number: int) -> Figures:
    """Train for one epoch with the command of `checkout`."""
    settings = (f"model={model}", f"seed={number}", "trainer.max_epochs=1", "test=false", *options.settings)
    done = run_digitlab(options, *LESSONS_MATHEMATICS, *settings, checkout=checkout)
    _, seconds, processor = done["steady"]
    return {"epoch [s]": seconds, "epoch, processor time [s]": processor, "first batch [s]": done["start_seconds"]}

"""Peak memory of a training beyond what the imports take: ours in memory and from files, the lesson's with its workers.

One epoch of the same mathematics each, in a process of its own, whose memory after its imports is taken off. "all
processes" counts the program and its workers, a page that they share once, seen every 0.05 s; "main process" is the
peak that the system kept.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.arguments import MODELS, add_data_dir, add_workers
from benchmarks.meter import MEGABYTE, Meter
from benchmarks.processes import LESSONS_MATHEMATICS, run_digitlab, run_lesson
from benchmarks.turns import Contender, Figures
from digitlab.paths import CONF_DIR

WORK = "peak memory of one epoch of 60,000 images beyond the imports"
ROUNDS, THREADS = 3, None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    add_workers(parser)
    parser.add_argument("--model", choices=MODELS, default="cnn", help="network (cnn)")


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return the one contest."""
    ours = partial(run_digitlab, options, *LESSONS_MATHEMATICS, f"model={options.model}", "trainer.max_epochs=1")
    lesson = partial(run_lesson, options, "--model", options.model, "--epochs", "1")
    contenders = {"digitlab, data=mnist": Contender(partial(measured, partial(ours, "data=mnist")))}
    if (CONF_DIR / "data" / "idx.yaml").exists():
        contenders["digitlab, data=idx"] = Contender(partial(measured, partial(ours, "data=idx")))
    contenders[f"lesson, {options.workers} workers"] = Contender(partial(measured, lesson))
    return {options.model: contenders}


def measured(training: Callable[..., dict[str, Any]], number: int) -> Figures:
    """Return the peaks of a training, in megabytes."""
    meter = Meter(family=True)
    imports = training(watch=meter)["imports"]
    return {
        "all processes [MB]": (meter.family_peak - imports["share"]) / MEGABYTE,
        "main process [MB]": (meter.peak - imports["resident"]) / MEGABYTE,
        "imports [MB]": imports["resident"] / MEGABYTE,
    }

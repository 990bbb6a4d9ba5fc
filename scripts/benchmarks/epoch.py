"""One epoch of the same mathematics: the lesson's program against our command.

The same network, Adam at 1e-3, batches of 128, all 60,000 images, no augmentation. Each epoch is the first of a process
of its own. "epoch" is the time from drawing the first batch to the end of the last step, on both sides; "fit" is what
Trainer.fit takes for it, with reading the data, log files and the checkpoint, where the lesson's program has nothing to
add to its epoch.
"""

import argparse

from benchmarks.arguments import add_data_dir, add_models, add_workers
from benchmarks.processes import LESSONS_MATHEMATICS, run_digitlab, run_lesson
from benchmarks.turns import Contender, Figures, for_each_model

WORK = "one epoch of 60,000 images, batch 128, Adam 1e-3"
ROUNDS, THREADS = 3, None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this suite."""
    add_data_dir(parser)
    add_workers(parser)
    add_models(parser)


def contests(options: argparse.Namespace) -> dict[str, dict[str, Contender]]:
    """Return a contest for each network."""
    return for_each_model(options, digitlab=digitlab, lesson=lesson)


def digitlab(options: argparse.Namespace, model: str, number: int) -> Figures:
    """Train for one epoch with our command."""
    settings = (f"model={model}", f"seed={number}", "trainer.max_epochs=1", "test=false")
    done = run_digitlab(options, *LESSONS_MATHEMATICS, *settings)
    return {"epoch [s]": done["epoch_seconds"][0], "fit [s]": done["fit_seconds"]}


def lesson(options: argparse.Namespace, model: str, number: int) -> Figures:
    """Train for one epoch with the lesson's program."""
    done = run_lesson(options, "--model", model, "--seed", str(number), "--epochs", "1")
    seconds = done["epochs"][0]["training_seconds"]
    return {"epoch [s]": seconds, "fit [s]": seconds}

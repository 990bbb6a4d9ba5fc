"""What exactness and safety cost: an epoch of the CNN with them against one without, in turns.

With them: steps seeded one by one, last.ckpt at the end of the epoch and every minute, written to the disk beside its
target, and signals that wait for it. Without: Lightning's Trainer and nothing else. The images are noise, as many as
MNIST has.
"""

import contextlib
import random
import statistics
import time
from pathlib import Path

import torch
from lightning import Callback, LightningModule, Trainer

from digitlab.callbacks.last_checkpoint import LastCheckpoint
from digitlab.callbacks.seeded_steps import SeededSteps
from digitlab.data.catalogue import Part
from digitlab.reports.quiet import quiet
from digitlab.system import signals
from digitlab.tasks.train import prepare
from support.mirrors import make_truth, sums_of, take_for_original
from support.running import plain
from torture.counts import Count
from torture.positions import composed

LIMIT = 1.02  # of the time without
MNIST_COUNTS: dict[Part, int] = {"train": 60_000, "test": 10_000}
SETTINGS = (
    "model=cnn", "data=mnist", "data.download=false", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "memory_format=contiguous", "trainer.max_epochs=1", "logger=none", "callbacks=none",
)  # fmt: skip


def cost(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Compare `rounds` pairs of epochs; their order changes from pair to pair."""
    return [compare(rounds, root, MNIST_COUNTS)]


def compare(rounds: int, root: Path, counts: dict[Part, int]) -> Count:
    """Return whether the middle one of the ratios is within the limit; the note has the figures."""
    truth = make_truth(root / "data" / "MNIST" / "raw", counts)
    take_for_original(sums_of(truth), counts=counts)
    ratios, plain = [], []
    for number in range(-1, rounds):  # the first pair warms up
        seconds = {safe: _epoch(root, safe=safe) for safe in ((True, False) if number % 2 else (False, True))}
        if number >= 0:
            plain.append(seconds[False])
            ratios.append(seconds[True] / seconds[False])
            print(f"  {seconds[True]:.2f} s with, {seconds[False]:.2f} s without: {ratios[-1]:.3f}", flush=True)
    middle = statistics.median(ratios)
    count = Count(f"cost: at most {LIMIT - 1:.0%} of an epoch of the CNN")
    count.add(None if middle <= LIMIT else f"{middle - 1:.1%}")
    threads = torch.get_num_threads()
    count.note = (
        f"{middle - 1:+.1%} ({min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%}, {rounds} pairs) of "
        f"{statistics.median(plain):.2f} s, {threads} thread{'s' * (threads > 1)}"
    )
    return count


class Stopwatch(Callback):
    """Takes the time from the beginning of the first epoch to the end of training, without the trainer's start."""

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin."""
        self.started = time.perf_counter()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End, behind the last save."""
        self.seconds = time.perf_counter() - self.started


@quiet
def _epoch(root: Path, *, safe: bool) -> float:
    """Return the seconds of an epoch with its validation."""
    places = (f"paths.data_dir={root / 'data'}", f"paths.output_dir={root}", f"paths.output_root={root}")
    training, watch = prepare(plain(composed([*SETTINGS, *places]))), Stopwatch()
    trainer = training.trainer
    callbacks = trainer.callbacks  # type: ignore[attr-defined]
    if safe:
        signals.install_handlers()
        callbacks += [watch, LastCheckpoint(root / "checkpoints")]
    else:
        callbacks[:] = [watch, *(callback for callback in callbacks if not isinstance(callback, SeededSteps))]
    with signals.signals_deferred() if safe else contextlib.nullcontext():
        trainer.fit(training.module, datamodule=training.datamodule)
    return watch.seconds

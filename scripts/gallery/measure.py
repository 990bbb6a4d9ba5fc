"""What a training comes to: its accuracy on test images, the accuracy that it reports, and how long it took."""

import time
from collections.abc import Mapping
from statistics import fmean, stdev
from typing import Any

import lightning
import torch
from lightning import LightningDataModule, LightningModule

from digitlab.reports.quiet import quiet
from gallery.cases import Case, build
from gallery.data import pairs
from gallery.fault import Fault

NOISE = 2.0  # standard errors; a difference beyond them comes by chance once in twenty
SMALLEST = 1.0  # percentage points; less than this is no harm worth a doctor
SLOWER = 1.5  # times as long


@quiet
def trained(case: Case, seed: int) -> dict[str, float]:
    """Train a case and measure it.

    Returns:
        `accuracy` on the test images, in percent, 0 for a training that did not come to its end; `reported`, the best
        guess at what it logs as accuracy of validation; `seconds` of fitting.
    """
    lightning.seed_everything(seed, verbose=False)
    trainer = case.trainer()
    started = time.perf_counter()
    try:
        trainer.fit(case.module, case.datamodule)
    except Exception as error:  # a fault may end it in any way
        return {"accuracy": 0.0, "seconds": time.perf_counter() - started, "error": f"{type(error).__name__}: {error}"}  # type: ignore[dict-item]
    figures = {"seconds": time.perf_counter() - started, "accuracy": accuracy(case.module, case.datamodule)}
    logged = [
        float(value)
        for name, value in trainer.callback_metrics.items()
        if "acc" in name and not name.startswith(("train", "fit"))
    ]
    return figures | ({"reported": 100 * logged[0]} if logged else {})


@torch.no_grad()
def accuracy(module: LightningModule, datamodule: LightningDataModule) -> float:
    """Return the share of test images that are classified rightly, in percent, as the module evaluates them."""
    datamodule.setup("test")
    module.eval()
    right = count = 0
    for images, labels in pairs(datamodule.test_dataloader()):
        right += int((module(images).argmax(1) == labels).sum())
        count += len(labels)
    return 100 * right / count


def sick_and_healthy(fault: Fault, net: str, seed: int) -> dict[str, dict[str, float]]:
    """Return the figures of both twins."""
    return {"sick": figures_of(fault, net, seed, sick=True), "healthy": twin(fault, net, seed)}


def twin(fault: Fault, net: str, seed: int) -> dict[str, float]:
    """Return the figures of the healthy twin; many faults have the same one, which is trained once."""
    key = (fault.maker or fault.base, fault.harm, net, seed)
    if key not in _twins:
        _twins[key] = figures_of(fault, net, seed, sick=False)
    return _twins[key]


_twins: dict[Any, dict[str, float]] = {}


def figures_of(fault: Fault, net: str, seed: int, *, sick: bool) -> dict[str, float]:
    """Return the figures of a training, and for a fault against repeatability whether a second run `differs`."""
    cases = [build(fault, net, seed, sick=sick) for _ in range(2 if fault.harm == "repeatable" else 1)]
    figures = [trained(case, seed) for case in cases]
    if fault.harm == "repeatable":
        first, second = (case.module.state_dict() for case in cases)
        figures[0]["differs"] = float(any(not torch.equal(first[key], second[key]) for key in first))
    return figures[0]


def harm(fault: Fault, runs: list[Mapping[str, Mapping[str, float]]]) -> tuple[bool, str]:
    """Return whether a fault was shown to hurt, and by how much, in words.

    Args:
        fault: Which.
        runs: What `sick_and_healthy` returned, a seed each.
    """
    sick, healthy = ([run[name] for run in runs] for name in ("sick", "healthy"))
    if fault.harm == "repeatable":
        share = fmean(one["differs"] for one in sick), fmean(one["differs"] for one in healthy)
        return share[0] > share[1] + 0.5, f"{share[0]:.0%} of seeds end elsewhere, healthy {share[1]:.0%}"
    if fault.harm == "seconds":
        times = fmean(one["seconds"] for one in sick), fmean(one["seconds"] for one in healthy)
        return times[0] > SLOWER * times[1], f"{times[0]:.1f} s, healthy {times[1]:.1f} s"
    if fault.harm == "reported":
        gaps = [[one["reported"] - one["accuracy"] for one in side] for side in (sick, healthy)]
        gap, error = difference(gaps[0], gaps[1])
        words = f"reports {fmean(gaps[0]):+.1f} points, healthy {fmean(gaps[1]):+.1f}"
        return abs(gap) > max(NOISE * error, SMALLEST), words
    scores = [[one["accuracy"] for one in side] for side in (sick, healthy)]
    gap, error = difference(scores[1], scores[0])
    words = f"{fmean(scores[0]):.1f}%, healthy {fmean(scores[1]):.1f}% (± {error:.1f})"
    return gap > max(NOISE * error, SMALLEST), words


def difference(first: list[float], second: list[float]) -> tuple[float, float]:
    """Return mean(first) - mean(second) and its standard error; 0 of single figures."""
    spread = [stdev(values) ** 2 / len(values) if len(values) > 1 else 0.0 for values in (first, second)]
    return fmean(first) - fmean(second), sum(spread) ** 0.5

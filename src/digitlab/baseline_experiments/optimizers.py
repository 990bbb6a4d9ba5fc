"""Optimizers compared fairly: each at its own best rate, on nets and surfaces, and how exactly it needs that rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitlab.baseline_experiments.outcome import Bound, Outcome, Table
from digitlab.baseline_experiments.races import ARRIVED, FRESH_STARTS, Racer, Races, race_all
from digitlab.baseline_experiments.rates import RIVALS, mean_sd, rate_grid, show_rate
from digitlab.baseline_experiments.surfaces import SURFACES, heights
from digitlab.baseline_experiments.tuned_nets import Recipe, Rival, compete
from digitlab.reports.console import watched

LOWEST_RATE, HIGHEST_RATE = 1e-4, 10.0
GOOD = 1.5  # a rate is good if its mean validation loss is at most this times the best rate's
REFERENCE = "Adam"  # with whom the others are compared, seed by seed


@dataclass(frozen=True)
class Story:
    """All optimizers on the nets, and the races on the surfaces."""

    rivals: Mapping[str, Rival]
    races: Races


def run(
    *,
    hidden_sizes: list[int],
    activation: str,
    epochs: int,
    batch_size: int,
    seeds: int,
    fresh_seeds: int,
    rates_per_decade: int,
    steps: int,
    seed: int,
) -> Outcome:
    """Tune every optimizer on the same rates, then measure it at its best rate where it was not tuned.

    Args:
        hidden_sizes: Width of each hidden layer of the nets.
        activation: Name in `nets.ACTIVATIONS`.
        epochs: Of every net.
        batch_size: Images per step; gradient descent takes all.
        seeds: Nets for each rate: `seed`, `seed` + 1, ...
        fresh_seeds: Nets at the best rate: the seeds after those.
        rates_per_decade: Rates from one power of ten to the next.
        steps: On the surfaces.
        seed: The first.
    """
    recipe = Recipe(hidden_sizes, activation, epochs, batch_size)
    rates = rate_grid(LOWEST_RATE, HIGHEST_RATE, rates_per_decade)
    tuning, fresh = range(seed, seed + seeds), range(seed + seeds, seed + seeds + fresh_seeds)
    rivals = {name: compete(name, recipe, rates, tuning, fresh) for name in watched(RIVALS, "optimizers")}
    return report(Story(rivals, race_all(rates, steps, np.random.default_rng(seed))))


def report(story: Story) -> Outcome:
    """Say who reached what, and over how wide a range of rates."""
    rivals = story.rivals
    mean = {name: float(rival.fresh.val.mean()) for name, rival in rivals.items()}
    width = {name: rival.val.decades(GOOD) for name, rival in rivals.items()}
    small = [name for name in rivals if name != "GD"]
    first, last = min(small, key=mean.__getitem__), max(small, key=mean.__getitem__)
    count = len(rivals[first].fresh.val)
    figures: dict[str, Any] = {"fresh_seeds": count}
    for name, rival in rivals.items():
        figures |= {f"{name}/lr": rival.val.best_rate, f"{name}/val_loss": mean[name]}
        figures |= {f"{name}/val_loss_sd": float(rival.fresh.val.std(ddof=1)), f"{name}/good_decades": width[name]}
    return Outcome(
        summary=f"optimizers: validation loss of the tuned, on small batches, {first} "
        f"{mean_sd(rivals[first].fresh.val)} to {last} {mean_sd(rivals[last].fresh.val)} (n = {count}), "
        f"GD {mean['GD']:.2f}; good rates span "
        + ", ".join(f"{name} {width[name]:.1f}" for name in ("SGD", "momentum", "Adam"))
        + " decades",
        figures=figures,
        metrics=[*_net_rows(rivals), *_surface_rows(story.races)],
        bounds=[
            *_net_bounds(rivals, mean[last] / mean[first], width["Adam"] - width["SGD"]),
            *_surface_bounds(story.races),
        ],
        story=story,
        tables=[net_table(rivals), surface_table(story.races)],
    )


def _net_bounds(rivals: Mapping[str, Rival], spread: float, wider: float) -> list[Bound]:
    gd, sgd = rivals["GD"].fresh.val.mean(), rivals["SGD"].fresh.val.mean()
    edges = sum(rival.val.at_edge for rival in rivals.values())
    return [
        Bound("worst over best validation loss of the tuned, on small batches", spread, at_most=1.8),
        Bound("GD's validation loss over SGD's, after the same epochs", float(gd / sgd), at_least=3),
        Bound("decades by which Adam's good rates span more than SGD's", wider, at_least=0.1),
        Bound("optimizers whose best rate is at an end of the grid", edges, at_most=0),
    ]


def _surface_bounds(races: Races) -> list[Bound]:
    """State what theory says of a ravine: momentum helps, and rates for each axis help where axes are special."""
    left = {name: {racer: float(one.heights.mean()) for racer, one in race.items()} for name, race in races.items()}
    straight, tilted = left["ravine"], left["tilted ravine"]
    return [
        Bound(
            "height that Nesterov leaves in the ravine, over GD's", straight["Nesterov"] / straight["GD"], at_most=0.01
        ),
        Bound(
            "height that RMSprop leaves in the ravine, over GD's", straight["RMSprop"] / straight["GD"], at_most=0.01
        ),
        Bound("the same, ravine tilted", tilted["RMSprop"] / tilted["GD"], at_least=0.1),
    ]


def net_table(rivals: Mapping[str, Rival]) -> Table:
    """Return what each optimizer reached on the fresh seeds, and its good rates on those for tuning."""
    reference, rows = rivals[REFERENCE].fresh.val, []
    for name, rival in rivals.items():
        difference = rival.fresh.val - reference
        low, high = rival.val.good_rates(GOOD)
        rows.append([
            name, str(rival.steps), show_rate(rival.val.best_rate), mean_sd(rival.fresh.val),
            "" if name == REFERENCE else f"{difference.mean():+.3f} ± {difference.std(ddof=1):.3f}",
            mean_sd(rival.fresh.train), f"{show_rate(low)} to {show_rate(high)}", f"{np.log10(high / low):.2f}",
        ])  # fmt: skip
    columns = [
        "optimizer",
        "steps",
        "best rate",
        "validation loss",
        f"less {REFERENCE}'s",
        "training loss",
        "good rates",
    ]
    title = f"Nets at their best rates, mean ± sd over {len(reference)} fresh seeds"
    return Table(title, [*columns, "decades"], rows)


def surface_table(races: Races) -> Table:
    """Return the mean height left by each optimizer on each surface, with its best rate."""
    racers = next(iter(races.values()))
    rows = [[name, *(_left(race[name]) for race in races.values())] for name in racers]
    steps = len(next(iter(racers.values())).path) - 1
    title = f"Height left after {steps} steps, at each one's best rate, mean over {FRESH_STARTS} fresh starts"
    return Table(title, ("optimizer", *races), rows)


def _left(racer: Racer) -> str:
    """Write the mean height, or how many diverged, and the rate."""
    diverged = int(np.isinf(racer.heights).sum())
    height = racer.heights.mean()
    shown = f"{diverged} diverged" if diverged else "≤ 1e-12" if height <= ARRIVED else f"{height:.1e}"
    return f"{shown} at {show_rate(racer.sweep.best_rate)}"


def _net_rows(rivals: Mapping[str, Rival]) -> Iterator[dict[str, Any]]:
    for name, rival in rivals.items():
        for index, rate in enumerate(rival.val.rates):
            for number, (val, last) in enumerate(zip(rival.val.losses[index], rival.train.losses[index], strict=True)):
                row = {"part": "net, tuning", "optimizer": name, "lr": rate, "run": number}
                yield row | {"val_loss": val, "train_loss": last}
        for epoch, losses in enumerate(rival.fresh.curves, start=1):
            for number, loss in enumerate(losses):
                row = {"part": "net, fresh", "optimizer": name, "lr": rival.val.best_rate, "run": number}
                yield row | {"val_loss": loss, "epoch": epoch}


def _surface_rows(races: Races) -> Iterator[dict[str, Any]]:
    for surface, race in races.items():
        for name, racer in race.items():
            for rate, height in zip(racer.sweep.rates, racer.sweep.means, strict=True):
                yield {"part": "surface, tuning", "optimizer": name, "surface": surface, "lr": rate, "height": height}
            for step, (point, height) in enumerate(
                zip(racer.path, heights(SURFACES[surface], racer.path), strict=True)
            ):
                row = {"part": "surface, race", "optimizer": name, "surface": surface, "lr": racer.sweep.best_rate}
                yield row | {"step": step, "x": point[0], "y": point[1], "height": height}

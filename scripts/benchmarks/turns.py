"""Contenders take turns: in round 1 each runs once, then in round 2, and so on."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.records import load
from benchmarks.tables import short

Figures = Mapping[str, float | None]  # by measure, "training [s]" say; `None` for what was not reached


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
        run: Does it once and returns its figures; is told the number of the round, from 1, to seed with.
        warm_up: Is called once before the first round; for contenders that share this process.
        rounds: How often it runs if that is less often than the others; its last figures then stand for the rounds
            that it sits out.
    """

    run: Callable[[int], Figures]
    warm_up: Callable[[], object] | None = None
    rounds: int | None = None


def for_each_model(options: argparse.Namespace, **sides: Callable[..., Figures]) -> dict[str, dict[str, Contender]]:
    """Return a contest for each of `options.models` between sides; they are told options, model and round."""
    return {
        model: {name: Contender(partial(side, options, model)) for name, side in sides.items()}
        for model in options.models
    }


def take_turns(
    contenders: Mapping[str, Contender],
    rounds: int,
    runs: dict[str, list[dict[str, Any]]],
    keep: Callable[[], None],
) -> None:
    """Let each contender run in every round that is not in `runs` already.

    Args:
        contenders: By name.
        rounds: Turns of each.
        runs: Figures and load average of each run, by contender; grows.
        keep: Is called after each run, to save them.
    """
    turns = {name: min(rounds, contender.rounds or rounds) for name, contender in contenders.items()}
    for name in contenders:
        runs.setdefault(name, [])  # in this order: the first is what the tables compare with
    for name, contender in contenders.items():
        if contender.warm_up is not None and len(runs[name]) < turns[name]:
            contender.warm_up()
    for number in range(1, rounds + 1):
        for name, contender in contenders.items():
            done = runs[name]
            if len(done) >= number or number > turns[name]:
                continue
            before = load()
            figures = contender.run(number)
            done.append({"figures": dict(figures), "load": before})
            keep()
            shown = "  ".join(f"{measure} {'-' if it is None else short(it, 2)}" for measure, it in figures.items())
            print(f"  round {number}: {name}: {shown}", flush=True)

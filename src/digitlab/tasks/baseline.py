"""Run an experiment with the NumPy nets and leave a complete run directory. Never imports torch."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from digitlab.baseline_experiments.outcome import Outcome
from digitlab.errors import CheckFailed, Diverged, UserError
from digitlab.paths import shown
from digitlab.reports.console import console, show_table
from digitlab.runs.record import recorded
from digitlab.system.atomic_files import write_csv

OURS = ("experiment", "check", "pictures", "threads", "verbose", "paths", "sweep")  # the others are the experiment's


@dataclass
class Experiment:
    """What a run needs.

    Attributes:
        settings: Of the run.
        run: Computes the outcome.
    """

    settings: dict[str, Any]
    run: Callable[[], Outcome]


def prepare(settings: dict[str, Any]) -> Experiment:
    """Return the experiment, which has told beforehand what does not go together and which data is missing.

    Raises:
        UserError: With what cannot work.
    """
    module = import_module(f"digitlab.baseline_experiments.{settings['experiment']}")
    arguments = arguments_of(module.run, settings)
    if hasattr(module, "check"):
        module.check(**arguments)
    return Experiment(settings, partial(module.run, **arguments))


def run(experiment: Experiment) -> None:
    """Run the experiment, write its figures, draw its pictures, say in one line what came out.

    Raises:
        Diverged: If a loss stopped being a number where it should not.
        CheckFailed: If `check` is true and a bound is missed.
    """
    settings = experiment.settings
    directory, name = Path(settings["paths"]["output_dir"]), settings["experiment"]
    with recorded(settings, {"numpy_threads": settings["threads"]}, write=True) as result:
        result.update(command="baseline", experiment=name, seed=settings["seed"])
        started = time.perf_counter()
        with threadpool_limits(settings["threads"]), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            outcome = _outcome(experiment)
        result.update(outcome.figures)
        result["bounds"] = [str(bound) for bound in outcome.bounds]
        result["passed"] = all(bound.kept for bound in outcome.bounds)
        result["seconds"] = round(time.perf_counter() - started, 2)
        write_csv(directory / "metrics.csv", outcome.metrics)
        pictures = _draw(outcome, settings, directory)
    _report(outcome, settings, ["result.json", "metrics.csv", *pictures])
    missed = [str(bound) for bound in outcome.bounds if not bound.kept]
    if settings["check"] and missed:
        raise CheckFailed(f"{name}: {'; '.join(missed)}")


def arguments_of(run: Callable[..., Outcome], settings: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of an experiment's `run`: its own keys, and of ours those that it asks for.

    Raises:
        UserError: If there is a key that it does not know, added with a plus.
    """
    given = {key: value for key, value in settings.items() if key not in OURS}
    accepted = inspect.signature(run).parameters
    unknown = [key for key in given if key not in accepted and key != "seed"]
    if unknown:
        experiment = settings["experiment"]
        raise UserError(f"{unknown[0]} is not a setting of experiment={experiment}; it has {', '.join(accepted)}")
    given["data_dir"] = settings["paths"]["data_dir"]
    return {key: value for key, value in given.items() if key in accepted}


def _outcome(experiment: Experiment) -> Outcome:
    name = experiment.settings["experiment"]
    try:
        return experiment.run()
    except FloatingPointError as error:
        raise Diverged(f"{name} diverged: {error}; try a smaller lr") from error
    except MemoryError as error:
        raise UserError(f"{name} needs more memory than there is: {error}; try smaller settings") from error


def _draw(outcome: Outcome, settings: dict[str, Any], directory: Path) -> list[str]:
    if not settings["pictures"] or outcome.story is None:
        return []
    plots = import_module(f"digitlab.baseline_experiments.plots.{settings['experiment']}")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # axes of figures that have grown beyond floats
        names: list[str] = plots.draw(outcome.story, directory)
    return names


def _report(outcome: Outcome, settings: dict[str, Any], files: list[str]) -> None:
    if settings["verbose"]:
        for table in outcome.tables:
            show_table(table.title, table.columns, table.rows)
    console.print(outcome.summary)
    if settings["verbose"]:
        console.print(f"{shown(settings['paths']['output_dir'])}: {', '.join(files)}")

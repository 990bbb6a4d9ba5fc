"""Run an experiment with the NumPy nets and leave a complete run directory. Never imports torch."""

import inspect
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from omegaconf import DictConfig, OmegaConf
from threadpoolctl import threadpool_limits

from digitlab.baseline_experiments.outcome import Outcome
from digitlab.errors import CheckFailed, Diverged, UserError
from digitlab.paths import shown
from digitlab.reports.console import console, show_table
from digitlab.runs.environment import describe_environment
from digitlab.runs.record import recorded
from digitlab.system.atomic_files import write_csv

OURS = (
    "task",
    "experiment",
    "check",
    "pictures",
    "threads",
    "verbose",
    "paths",
    "sweep",
)  # the other keys are the experiment's


def check(cfg: DictConfig) -> None:
    """Refuse what the experiment can tell beforehand: settings that do not go together, data that is not there."""
    experiment = _experiment(cfg)
    arguments = settings(experiment.run, cfg)
    if hasattr(experiment, "check"):
        experiment.check(**arguments)


def run(cfg: DictConfig) -> None:
    """Run the experiment, write its figures, draw its pictures, say in one line what came out.

    Raises:
        Diverged: If a loss stopped being a number where it should not.
        CheckFailed: If `check` is true and a bound is missed.
    """
    experiment, directory = _experiment(cfg), Path(cfg.paths.output_dir)
    with recorded(cfg, describe_environment(numpy_threads=cfg.threads), write=True) as result:
        result.update(command="baseline", experiment=cfg.experiment, seed=cfg.seed)
        started = time.perf_counter()
        with threadpool_limits(cfg.threads):
            outcome = _outcome(experiment, cfg)
        result.update(outcome.figures)
        result["bounds"] = [str(bound) for bound in outcome.bounds]
        result["passed"] = all(bound.kept for bound in outcome.bounds)
        result["seconds"] = round(time.perf_counter() - started, 2)
        write_csv(directory / "metrics.csv", outcome.metrics)
        pictures = _draw(outcome, cfg, directory)
    _report(outcome, cfg, ["result.json", "metrics.csv", *pictures])
    missed = [str(bound) for bound in outcome.bounds if not bound.kept]
    if cfg.check and missed:
        raise CheckFailed(f"{cfg.experiment}: {'; '.join(missed)}")


def _experiment(cfg: DictConfig) -> ModuleType:
    return import_module(f"digitlab.baseline_experiments.{cfg.experiment}")


def settings(run: Callable[..., Outcome], cfg: DictConfig) -> dict[str, Any]:
    """Return the arguments of an experiment's `run`: its own keys, and of ours those that it asks for.

    Raises:
        UserError: If there is a key that it does not know, added with a plus.
    """
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    given = {key: value for key, value in plain.items() if key not in OURS}
    accepted = inspect.signature(run).parameters
    unknown = [key for key in given if key not in accepted and key != "seed"]
    if unknown:
        raise UserError(f"{unknown[0]} is not a setting of experiment={cfg.experiment}; it has {', '.join(accepted)}")
    given["data_dir"] = plain["paths"]["data_dir"]
    return {key: value for key, value in given.items() if key in accepted}


def _outcome(experiment: ModuleType, cfg: DictConfig) -> Outcome:
    try:
        outcome: Outcome = experiment.run(**settings(experiment.run, cfg))
    except FloatingPointError as error:
        raise Diverged(f"{cfg.experiment} diverged: {error}; try a smaller lr") from error
    return outcome


def _draw(outcome: Outcome, cfg: DictConfig, directory: Path) -> list[str]:
    if not cfg.pictures or outcome.story is None:
        return []
    names: list[str] = import_module(f"digitlab.baseline_experiments.plots.{cfg.experiment}").draw(
        outcome.story, directory
    )
    return names


def _report(outcome: Outcome, cfg: DictConfig, files: list[str]) -> None:
    if cfg.verbose:
        for table in outcome.tables:
            show_table(table.title, table.columns, table.rows)
    console.print(outcome.summary)
    if cfg.verbose:
        console.print(f"{shown(cfg.paths.output_dir)}: {', '.join(files)}")

"""Refuse what cannot work: before a directory is made, before a sweep's first job, the cheapest checks first."""

import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import CompactHydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from digitlab.entry.explain import explain
from digitlab.entry.launch import leave
from digitlab.entry.resume import check_unchanged
from digitlab.entry.rules import check_values
from digitlab.entry.together import check_together
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import find_checkpoints

OPTIONAL_PACKAGES = ("wandb", "mlflow")  # loggers whose package is the user's to install


class Guard(Callback):
    """Hydra's hook in front of each run and behind each sweep."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check the job."""
        _refuse(config, config.hydra.run.dir, lambda: [config])

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a grid before the first one starts."""
        _refuse(config, config.hydra.sweep.dir, lambda: grid(config))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Print and write the table of all jobs."""
        from digitlab.entry.sweeps import report

        report(Path(config.hydra.sweep.dir))


def _refuse(config: DictConfig, directory: str, compose_jobs: Callable[[], list[DictConfig]]) -> None:
    """End the process with one line if any job cannot work.

    Hydra turns an exception of a callback into a warning and goes on; SystemExit it lets through.
    """
    try:
        check_writable(Path(directory))
        jobs = [check_configuration(job) for job in compose_jobs()]
        if config.hydra.mode == RunMode.MULTIRUN and any("trainer" in job and job.trainer.devices != 1 for job in jobs):
            raise UserError("trainer.devices must be 1 in a sweep: a second process would start the whole sweep again")
        check_task: Callable[[DictConfig], None] = import_module(config.task).check
        for job in jobs:
            check_task(job)
    except (UserError, CompactHydraException, OmegaConfBaseException) as error:
        leave(2, explain(error, config.hydra.job.config_name), error)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def grid(config: DictConfig) -> list[DictConfig]:
    """Return the composed configuration of every job of a sweep, or none if its sweeper chooses as it goes."""
    if not config.hydra.sweeper._target_.endswith(BasicSweeper.__name__):
        return []
    overrides = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
    loader = GlobalHydra.instance().config_loader()
    return [
        loader.load_configuration(config.hydra.job.config_name, overrides=job, run_mode=RunMode.RUN)
        for batch in BasicSweeper.split_arguments(overrides, max_batch_size=None)
        for job in batch
    ]


def check_configuration(config: DictConfig) -> DictConfig:
    """Refuse a composed configuration that cannot work, and return it as the task will get it.

    Raises:
        UserError: In the words of whichever check found it.
    """
    cfg = config.copy()
    with open_dict(cfg):
        cfg.pop("hydra", None)
        cfg.paths.output_dir = "not-yet-made"  # Hydra names it when it makes it
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        raise UserError(f"{missing[0]} is required: give it as {missing[0]}=...")
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    check_values(plain)
    if "optimizer" in plain:
        check_together(plain)
    if "checkpoint" in plain:
        find_checkpoints("checkpoint", plain["checkpoint"], plain["paths"]["output_root"])
    if plain.get("resume") is not None:
        check_unchanged(plain, Path(plain["resume"]))
    for package in OPTIONAL_PACKAGES:
        if (plain.get("logger") or {}).get(package) and find_spec(package) is None:
            raise UserError(f"logger={package} needs a package that is not installed: pip install {package}")
    return cfg


def check_writable(directory: Path) -> None:
    """Refuse a place for runs that is no folder or cannot be written to.

    Raises:
        UserError: With the part of the path that is in the way.
    """
    existing = next(folder for folder in (directory, *directory.absolute().parents) if folder.exists())
    if not existing.is_dir():
        raise UserError(f"paths.output_root: {shown(existing)} is a file, and runs need a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"paths.output_root: {shown(existing)} cannot be written to; choose another folder")

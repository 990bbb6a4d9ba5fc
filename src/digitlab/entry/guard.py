"""Refuse what cannot work: before a directory is made, before a sweep's first job, the cheapest checks first."""

import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import CompactHydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from digitlab.entry.checks import check_configuration
from digitlab.entry.explain import explain, explain_file
from digitlab.entry.launch import leave
from digitlab.entry.places import check_writable
from digitlab.errors import UserError


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
        jobs = [check_configuration(job) for job in compose_jobs()]
        check_writable("paths.output_root", Path(directory))
        if config.hydra.mode == RunMode.MULTIRUN and any("trainer" in job and job.trainer.devices != 1 for job in jobs):
            raise UserError("trainer.devices must be 1 in a sweep: a second process would start the whole sweep again")
        check_task: Callable[[DictConfig], None] = import_module(config.task).check
        for job in jobs:
            check_task(job)
    except (UserError, CompactHydraException, OmegaConfBaseException) as error:
        leave(2, explain(error, config.hydra.job.config_name), error)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            leave(2, explain_file(error), error)
        traceback.print_exc()
        sys.exit(1)


def grid(config: DictConfig) -> list[DictConfig]:
    """Return the composed configuration of every job of a sweep, or none if its sweeper chooses as it goes."""
    if not config.hydra.sweeper._target_.endswith(BasicSweeper.__name__):
        return []
    typed = list(config.hydra.overrides.task)
    overrides = OverridesParser.create().parse_overrides(typed)
    loader = GlobalHydra.instance().config_loader()
    jobs = [job for batch in BasicSweeper.split_arguments(overrides, max_batch_size=None) for job in batch]
    if not jobs:
        raise UserError(f"the sweep {' '.join(typed)} has no job: one of its ranges or choices is empty; name a value")
    return [
        loader.load_configuration(config.hydra.job.config_name, overrides=job, run_mode=RunMode.RUN) for job in jobs
    ]

"""Refuse what cannot work: before a directory is made, before a sweep's first job, the cheapest checks first."""

import contextlib
import sys
import traceback
from collections.abc import Iterator, Sequence
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

from digitlab.cli.app import leave
from digitlab.cli.checks.configuration import check_configuration
from digitlab.cli.checks.paths import check_writable
from digitlab.cli.error_messages import explain, explain_file
from digitlab.cli.schema.rules import check_values
from digitlab.cli.sweeps.resume import check_same
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.sweep_state import OK, SWEEP_STATE, read_sweep_state
from digitlab.system.isolated_process import run_isolated
from digitlab.system.signals import raise_if_stopped


class Preflight(Callback):
    """Hydra's hook in front of each run and behind each sweep."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check the job."""
        with worded(config):
            job = check_configuration(config)
            check_writable("paths.output_root", Path(config.hydra.run.dir))
            check_tasks(config, [job])

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a grid before the first one starts.

        What takes more than reading is done in another process, so that this one, of which the jobs' are forked, has
        computed nothing.
        """
        sweep, launcher = Path(config.hydra.sweep.dir), config.hydra.launcher
        with worded(config):
            begun = read_sweep_state(sweep)
            if begun is not None:
                check_same(begun, sys.argv[1:], sweep)
            elif (sweep / SWEEP_STATE).exists():
                raise UserError(
                    f"hydra.sweep.dir must be empty or a sweep's, and {shown(sweep / SWEEP_STATE)} cannot be read"
                )
            start = check_launcher(launcher)
            jobs = [check_configuration(job) for job in grid(config)]
            if start is None and any("trainer" in job and job.trainer.devices != 1 for job in jobs):
                raise UserError("trainer.devices must be 1 in a sweep with another hydra/launcher than processes")
            check_writable("paths.output_root", sweep)
            if start != "fork":
                check_tasks(config, jobs)
                return
            import_module(config.task)  # before the fork: the jobs' processes are to have it too
        ending = run_isolated("fork", check_tasks_in_words, config, jobs)
        raise_if_stopped()
        if ending.exit_code:
            sys.exit(max(ending.exit_code, 1))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Print and write the table of all jobs, and leave with exit code 1 if one is not ok."""
        from digitlab.cli.sweeps.table import report

        sweep = Path(config.hydra.sweep.dir)
        state = read_sweep_state(sweep)
        if state is None:  # another launcher than ours
            return
        state.complete = True
        state.write(sweep)
        report(sweep)
        wrong = [f"{job.number} {job.status}" for job in state.jobs if job.status != OK]
        if wrong:
            leave(1, f"{len(wrong)} of {len(state.jobs)} jobs are not ok: {', '.join(wrong)}")


@contextlib.contextmanager
def worded(config: DictConfig) -> Iterator[None]:
    """End the process with one line if the block finds what cannot work.

    Hydra turns an exception of a callback into a warning and goes on; SystemExit it lets through.
    """
    try:
        yield
    except (UserError, CompactHydraException, OmegaConfBaseException) as error:
        leave(2, explain(error, config.hydra.job.config_name), error)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            leave(2, explain_file(error), error)
        traceback.print_exc()
        sys.exit(1)


def check_tasks(config: DictConfig, jobs: Sequence[DictConfig]) -> None:
    """Let the task look for what cannot work: devices, networks, data."""
    task = import_module(config.task)
    for job in jobs:
        task.check(job)


def check_tasks_in_words(config: DictConfig, jobs: Sequence[DictConfig]) -> None:
    """Do so, and end the process with one line if it finds something."""
    with worded(config):
        check_tasks(config, jobs)


def check_launcher(launcher: DictConfig) -> str | None:
    """Refuse what our launcher cannot do, and return how it starts its processes; `None` if it is not ours."""
    if not launcher._target_.endswith(".ProcessLauncher"):
        return None
    check_values({"hydra": {"launcher": {"start": launcher.start}}})
    return str(launcher.start)


def grid(config: DictConfig) -> list[DictConfig]:
    """Return the composed configuration of every job of a sweep, or none if its sweeper chooses as it goes.

    Raises:
        UserError: If the grid is empty, or none.
    """
    sweeper = config.hydra.sweeper
    if not sweeper._target_.endswith(BasicSweeper.__name__):
        return []
    loader = GlobalHydra.instance().config_loader()
    given = [f"{key}={values}" for key, values in (sweeper.params or {}).items()]
    overrides = OverridesParser.create(loader).parse_overrides([*given, *config.hydra.overrides.task])
    for override in overrides:
        if override.is_sweep_override() and not override.is_discrete_sweep():
            raise UserError(
                f"{override.input_line} is no list of values, which a grid needs; try choice(...) or range(...)"
            )
        if override.is_discrete_sweep() and not list(override.sweep_string_iterator()):
            raise UserError(f"{override.input_line} stands for no value at all, and a sweep needs at least one")
    return [
        loader.load_configuration(config.hydra.job.config_name, overrides=job, run_mode=RunMode.RUN)
        for batch in BasicSweeper.split_arguments(overrides, max_batch_size=None)
        for job in batch
    ]

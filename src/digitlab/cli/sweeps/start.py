"""Before the first job of a sweep: every job is checked, and the sweep is planned in its directory.

Each job gets its complete configuration there, so any launcher may run it and `sweep=` may run it later.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, open_dict

from digitlab.cli.checks.configuration import check_settings
from digitlab.cli.checks.paths import check_unused, check_writable
from digitlab.cli.exits import leave_in_words
from digitlab.cli.prepare import build, task
from digitlab.cli.schema.rules import check_values
from digitlab.cli.settings import settle
from digitlab.cli.sweeps.grid import compose_job, grid
from digitlab.errors import UserError
from digitlab.paths import INSTALLED, PACKAGE
from digitlab.runs.config_file import write_config
from digitlab.runs.sweep_state import Job, SweepState
from digitlab.system.isolated_process import run_isolated
from digitlab.system.quoting import quoted
from digitlab.system.signals import raise_if_stopped
from digitlab.system.trust import import_from


def start_sweep(command: str, config: DictConfig) -> None:
    """Check all jobs and write `sweep.json` and a `config.yaml` for each.

    What takes more than reading is done in another process where jobs are forked, so that this one, of which they are
    forked, has computed nothing.

    Args:
        command: "train", "eval" or "baseline".
        config: The sweep's, with Hydra's own section; its directory is made one that every process finds.

    Raises:
        UserError: With what is wrong with the first job that cannot work.
    """
    check_values({"hydra.sweep.dir": config.hydra.sweep.dir})
    sweep = Path(config.hydra.sweep.dir).absolute()
    check_unused("hydra.sweep.dir", sweep)
    with open_dict(config):  # its final name: each process that composes a job would make up one of its own
        config.hydra.sweep.dir = str(sweep)
        config.hydra.overrides.hydra.append(f"hydra.sweep.dir={quoted(sweep)}")
    start = _check_launcher(config)
    state, settings = _plan(command, config, sweep)
    several = any((job.get("trainer") or {}).get("devices", 1) != 1 for job in settings.values())
    if start is None and several:
        raise UserError("trainer.devices must be 1 in a sweep with another hydra/launcher than processes")
    check_writable("paths.output_root", sweep)
    if start == "fork":
        task(command)  # before the fork: the jobs' processes are to have it too
        ending = run_isolated("fork", _build_each, command, [*settings.values()])
        raise_if_stopped()
        if ending.exit_code:
            sys.exit(max(ending.exit_code, 1))
    else:
        _build_each(command, [*settings.values()])
    for directory in settings:
        directory.mkdir(parents=True, exist_ok=True)
        write_config(directory, settings[directory])
    sweep.mkdir(parents=True, exist_ok=True)
    state.write()


def _plan(command: str, config: DictConfig, sweep: Path) -> tuple[SweepState, dict[Path, dict[str, Any]]]:
    """Return the jobs, and by their directories what each is to do; none of a sweeper that chooses as it goes."""
    state, settings = SweepState(sweep, command), dict[Path, dict[str, Any]]()
    for number, overrides in enumerate(grid(config)):
        directory, cfg = compose_job(config, overrides, number)
        if directory in settings:
            raise UserError(f"hydra.sweep.subdir must be another for each job, got {directory.name} twice")
        settings[directory] = settle(cfg, directory, in_sweep=True)
        check_settings(command, settings[directory])
        state.jobs.append(Job(number, overrides, directory))
    HydraConfig.instance().set_config(config)
    return state, settings


def _check_launcher(config: DictConfig) -> str | None:
    """Refuse what our launcher cannot do, and return how it starts its processes; `None` if it is not ours.

    Another one's processes may begin from nothing: `python src/train.py` has put this package on the path for itself
    alone.
    """
    launcher = config.hydra.launcher
    if not launcher._target_.endswith(".ProcessLauncher"):
        if not INSTALLED:
            import_from(str(PACKAGE.parent))
        return None
    check_values({"hydra.launcher.start": launcher.start, "hydra.launcher.workers": launcher.workers})
    return str(launcher.start)


def _build_each(command: str, jobs: Iterable[dict[str, Any]]) -> None:
    with leave_in_words(command):
        for settings in jobs:
            build(command, settings)

"""Before the first job of a sweep: every job is checked, and the sweep is planned in its directory.

Each job gets its complete configuration there, so any launcher may run it and `sweep=` may run it later.
"""

import shlex
import sys
from collections.abc import Sequence
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
from digitlab.cli.sweeps.grid import composed, grid
from digitlab.errors import UserError
from digitlab.paths import INSTALLED, PACKAGE, script
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
    sweep = Path(config.hydra.sweep.dir).absolute()
    check_unused("hydra.sweep.dir", sweep)
    _fix_directory(config, sweep)
    start = _check_launcher(config)
    jobs = grid(config)
    settings = {}
    for directory, cfg in composed(config, jobs or []):
        if directory in settings:
            raise UserError(f"hydra.sweep.subdir must be another for each job, got {directory.name} twice")
        settings[directory] = settle(cfg, directory, in_sweep=True)
        check_settings(command, settings[directory])
    HydraConfig.instance().set_config(config)
    several = any((job.get("trainer") or {}).get("devices", 1) != 1 for job in settings.values())
    if start is None and several:
        raise UserError("trainer.devices must be 1 in a sweep with another hydra/launcher than processes")
    check_writable("paths.output_root", sweep)
    _build_each(command, list(settings.values()), start)
    state = SweepState(command, f"{script(command)} -m {shlex.join(config.hydra.overrides.task)}", complete=bool(jobs))
    for directory, overrides in zip(settings, jobs or [], strict=True):
        directory.mkdir(parents=True, exist_ok=True)
        write_config(directory, settings[directory])
        state.jobs.append(Job(len(state.jobs), overrides, str(directory.relative_to(sweep))))
    sweep.mkdir(parents=True, exist_ok=True)
    state.write(sweep)


def _fix_directory(config: DictConfig, sweep: Path) -> None:
    """Give the sweep's directory its final name: each process that composes a job would make up one of its own."""
    with open_dict(config):
        config.hydra.sweep.dir = str(sweep)
        config.hydra.overrides.hydra.append(f"hydra.sweep.dir={quoted(sweep)}")


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
    check_values({"hydra": {"launcher": {"start": launcher.start, "workers": launcher.workers}}})
    return str(launcher.start)


def _build_each(command: str, jobs: Sequence[dict[str, Any]], start: str | None) -> None:
    if start != "fork":
        for settings in jobs:
            build(command, settings)
        return
    task(command)  # before the fork: the jobs' processes are to have it too
    ending = run_isolated("fork", _build_in_words, command, jobs)
    raise_if_stopped()
    if ending.exit_code:
        sys.exit(max(ending.exit_code, 1))


def _build_in_words(command: str, jobs: Sequence[dict[str, Any]]) -> None:
    with leave_in_words(command):
        for settings in jobs:
            build(command, settings)

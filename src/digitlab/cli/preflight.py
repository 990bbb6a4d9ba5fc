"""Refuse what cannot work before a directory is made, the cheapest checks first, and build what the task will take.

A configuration becomes objects here, once: what has been built to see that it can be is what is used.
"""

import os
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from digitlab.cli.exits import leave_in_words
from digitlab.system.ranks import is_first

sweep_under_way: Path | None = None  # whose jobs this process has launched and not yet reported on


class Preflight(Callback):
    """Hydra's hook in front of a run, and around a sweep."""

    def __init__(self, command: str) -> None:
        self.command = command

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check the run and build what it needs."""
        from digitlab.cli.checks.configuration import check_settings
        from digitlab.cli.checks.paths import check_unused, check_writable
        from digitlab.cli.prepare import build, kept
        from digitlab.cli.schema.rules import check_values
        from digitlab.cli.settings import settle

        with leave_in_words(self.command):
            check_values({"hydra.run.dir": config.hydra.run.dir})
            directory = Path(os.path.abspath(config.hydra.run.dir))  # as Hydra will call it
            if is_first():
                check_unused("hydra.run.dir", directory)
            settings = settle(config, directory)
            check_settings(self.command, settings)
            check_writable("paths.output_root", directory)
            kept[directory] = build(self.command, settings)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every job of a grid before the first one starts, and plan the sweep."""
        from digitlab.cli.sweeps.start import start_sweep

        global sweep_under_way
        with leave_in_words(self.command):
            start_sweep(self.command, config)
            sweep_under_way = Path(config.hydra.sweep.dir)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Print and write the table of all jobs, and leave with exit code 1 if one is not ok."""
        from digitlab.cli.sweeps.end import end_sweep

        global sweep_under_way
        sweep_under_way = None
        with leave_in_words(self.command):
            end_sweep(Path(config.hydra.sweep.dir))

"""What Hydra calls for each run, with what its work needs imported only then."""

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from digitlab.cli.exits import leave_in_words
from digitlab.errors import UserError
from digitlab.runs.directories import CONFIG


class TaskFunction:
    """Does a run; a class of a module, so that launchers can send it to other processes."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __call__(self, cfg: DictConfig) -> float | None:
        """Do the work in the directory that Hydra has made, and return the monitored metric.

        Raises:
            Left: If a run fails; Hydra would report its error in its own way.
            Exception: Whatever ended a job of a sweep.
        """
        from digitlab.cli.prepare import kept
        from digitlab.cli.run import perform, run_job

        directory = Path(cfg.paths.output_dir)
        hydra_config = HydraConfig.get()
        if OmegaConf.is_missing(hydra_config.job, "num"):
            with leave_in_words(self.command):
                if directory not in kept:  # preflight was taken out of hydra.callbacks
                    raise UserError(f"hydra.run.dir={directory}: this run was not checked; leave hydra.callbacks alone")
                return perform(self.command, directory, lambda: kept.pop(directory))
        if not (directory / CONFIG).is_file():  # of a sweeper that chooses as it goes, with another launcher than ours
            from digitlab.cli.settings import settle
            from digitlab.runs.config_file import write_config

            write_config(directory, settle(cfg, directory, in_sweep=True))
        job = hydra_config.job
        return run_job(self.command, directory, job.num, hydra_config.overrides.task, planned=True)

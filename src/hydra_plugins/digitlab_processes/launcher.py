"""The launcher `processes`: each job of a sweep in a process of its own, so that none can hurt another.

Every command imports this file when Hydra looks for plugins, so it imports nothing else of ours until a sweep starts.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


@dataclass
class ProcessLauncherConf:
    """What `hydra.launcher` can be told.

    Attributes:
        start: "fork": a job begins with what the sweep has imported, at once. "spawn": it begins from nothing and
            imports torch again, some seconds; the choice where forking is unsafe, as it is on macOS.
        workers: Jobs at a time; the threads of the machine are shared out among them.
    """

    _target_: str = "hydra_plugins.digitlab_processes.launcher.ProcessLauncher"
    start: str = "fork" if sys.platform == "linux" else "spawn"
    workers: int = 1


ConfigStore.instance().store(group="hydra/launcher", name="processes", node=ProcessLauncherConf, provider="digitlab")


class ProcessLauncher(Launcher):
    """Runs the jobs of a sweep, some at a time, each as the command that it would be by itself.

    A job that does not end well returns `None`, which a sweeper that compares values has to take for a failure.
    """

    def __init__(self, start: str, workers: int) -> None:
        self.start, self.workers = start, workers

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Remember what the jobs are composed from."""
        self.config = config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs and return what each came to.

        Raises:
            Interrupted: If a signal asked to stop; the jobs under way have saved, and the rest is not started.
        """
        from digitlab.cli.sweeps.jobs import launch_jobs

        return launch_jobs(self.config, job_overrides, initial_job_idx, self.start, self.workers)

"""The jobs of a grid: counted before they are made, then composed one by one."""

import math
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, open_dict

from digitlab.errors import UserError
from digitlab.runs.sweep_state import MOST_JOBS


def grid(config: DictConfig) -> list[list[str]]:
    """Return the overrides of every job of a sweep; none if its sweeper chooses as it goes.

    Raises:
        UserError: If the grid is empty, too large, or none.
    """
    sweeper = config.hydra.sweeper
    if not sweeper._target_.endswith(BasicSweeper.__name__):
        return []
    given = [f"{key}={values}" for key, values in (sweeper.params or {}).items()]
    parser = OverridesParser.create(GlobalHydra.instance().config_loader())
    overrides = parser.parse_overrides([*given, *config.hydra.overrides.task])
    jobs = math.prod(_count(override) for override in overrides)
    if jobs > MOST_JOBS:
        raise UserError(f"a sweep has at most {MOST_JOBS:,} jobs, and these would be {jobs:,}; sweep over fewer values")
    return [job for batch in BasicSweeper.split_arguments(overrides, max_batch_size=None) for job in batch]


def _count(override: Override) -> int:
    """Return how many values an override stands for, without listing a range.

    Raises:
        UserError: If there is none, or no list of them.
    """
    if not override.is_sweep_override():
        return 1
    if not override.is_discrete_sweep():
        raise UserError(
            f"{override.input_line} is no list of values, which a grid needs; try choice(...) or range(...)"
        )
    values: Any = override._value
    if override.is_range_sweep():
        count = math.ceil((values.stop - values.start) / values.step)
    else:
        count = len(list(override.sweep_string_iterator()))
    if count < 1:
        raise UserError(f"{override.input_line} stands for no value at all, and a sweep needs at least one")
    return count


def compose_job(config: DictConfig, overrides: list[str], number: int) -> tuple[Path, DictConfig]:
    """Return the directory of one job, and its configuration with Hydra's own section."""
    cfg = GlobalHydra.instance().config_loader().load_sweep_config(config, overrides)
    with open_dict(cfg):
        cfg.hydra.job.id = cfg.hydra.job.num = number
    HydraConfig.instance().set_config(cfg)  # for directories that are named with ${hydra:...}
    return Path(str(cfg.hydra.sweep.dir)) / str(cfg.hydra.sweep.subdir), cfg

"""The one pass over a composed configuration, before torch is loaded and anything is made: cheapest checks first."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from digitlab.cli.checks.checkpoints import check_resumed, check_tested
from digitlab.cli.checks.datasets import check_data
from digitlab.cli.checks.devices import check_device
from digitlab.cli.checks.paths import check_paths
from digitlab.cli.checks.targets import check_targets
from digitlab.cli.checks.unread import check_read
from digitlab.cli.config_files import ConfigFiles, read
from digitlab.cli.resume import check_unchanged
from digitlab.cli.schema.combinations import check_together
from digitlab.cli.schema.rules import check_values
from digitlab.errors import UserError

OPTIONAL_PACKAGES = ("wandb", "mlflow")  # loggers whose package is the user's to install
OUTPUT_DIR = "${hydra:runtime.output_dir}"


def check_configuration(config: DictConfig) -> DictConfig:
    """Refuse a composed configuration that cannot work, and return it as the task will get it.

    Args:
        config: With Hydra's own section.

    Raises:
        UserError: In the words of whichever check found it.
    """
    cfg, name = config.copy(), config.hydra.job.config_name
    with open_dict(cfg):
        cfg.pop("hydra", None)
        _check_fixed(cfg, name)
        cfg.paths.output_dir = "not-yet-made"  # Hydra names it when it makes it
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        raise UserError(f"{missing[0]} is required: give it as {missing[0]}=...")
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    check_values(plain)
    if "trainer" in plain:  # an experiment with NumPy nets knows its settings itself
        check_read(config.hydra.overrides.task, cfg, ConfigFiles(name, sys.argv[1:]))
    if "optimizer" in plain:
        check_together(plain)
    for check in CHECKS:
        check(plain)
    return cfg


def _check_fixed(cfg: DictConfig, name: str) -> None:
    """Refuse to change what belongs to the command."""
    task = next(read(path)["task"] for path in ConfigFiles(name, sys.argv[1:]).primary if "task" in read(path))
    if cfg.get("task") != task:
        raise UserError(f"task must be {task} in this command, got {cfg.get('task')}; leave it out")
    written: Any = OmegaConf.to_container(cfg.paths, resolve=False)
    if written.get("output_dir") != OUTPUT_DIR:
        raise UserError(
            f"paths.output_dir must be left out, got {written.get('output_dir')}: each run makes a folder of its own; "
            "paths.output_root says where"
        )


def _check_places(plain: dict[str, Any]) -> None:
    check_paths(plain["paths"])


def _check_device(plain: dict[str, Any]) -> None:
    if "trainer" in plain:
        check_device(plain["trainer"])


def _check_packages(plain: dict[str, Any]) -> None:
    for package in OPTIONAL_PACKAGES:
        if (plain.get("logger") or {}).get(package) and find_spec(package) is None:
            raise UserError(f"logger={package} needs a package that is not installed: pip install {package}")


def _check_checkpoint(plain: dict[str, Any]) -> None:
    if "checkpoint" in plain:
        trained_on = check_tested(plain)
        plain["data"] = plain["data"] or trained_on


def _check_sweep(plain: dict[str, Any]) -> None:
    """Refuse what `again` has not seen: it reads the command line, before anything is composed."""
    if plain.get("sweep") is not None:
        raise UserError(f"sweep must be typed, as sweep={plain['sweep']}, without a plus and in no file")


def _check_resume(plain: dict[str, Any]) -> None:
    if plain.get("resume") is not None:
        check_unchanged(plain, Path(plain["resume"]))
        check_resumed(plain)


def _check_data(plain: dict[str, Any]) -> None:
    if "data" in plain:
        check_data(plain["data"], plain["paths"]["data_dir"], "test" if "checkpoint" in plain else "train")


CHECKS: tuple[Callable[[dict[str, Any]], None], ...] = (
    _check_places,
    _check_packages,
    check_targets,
    _check_device,
    _check_checkpoint,
    _check_sweep,
    _check_resume,
    _check_data,
)

"""What is typed behind a command, checked as the command does, but in the tests' process and without torch's part."""

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, open_dict

from digitlab.cli.checks.configuration import check_settings
from digitlab.cli.resume import run_to_resume
from digitlab.cli.run import checked_settings
from digitlab.cli.settings import settle
from digitlab.cli.typed import parse
from digitlab.paths import config_dir


def compose_typed(script: str, *arguments: str) -> DictConfig:
    """Return the configuration of `python src/<script> <arguments>` as preflight gets it."""
    name = script.removesuffix(".py")
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_dir(name)), version_base="1.3"):
        config = compose(name, overrides=list(arguments), return_hydra_config=True)
    with open_dict(config):
        config.hydra.job.config_name = name
    return config


def check_typed(script: str, *arguments: str) -> dict[str, Any]:
    """Check what is typed up to where torch would be loaded, and return the settings."""
    name, typed = script.removesuffix(".py"), parse(script.removesuffix(".py"), arguments)
    if typed.value("resume") is not None:
        settings = checked_settings(name, run_to_resume(typed), typed)
    else:
        settings = settle(compose_typed(script, *arguments), Path("not-yet-made").absolute())
        check_settings(name, settings)
    return settings

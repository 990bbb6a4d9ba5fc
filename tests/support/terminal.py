"""Compose what is typed as the commands do, with Hydra's own section, but in the tests' process."""

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, open_dict

from digitlab.paths import config_dir


def compose_typed(script: str, *arguments: str) -> DictConfig:
    """Return the configuration of `python src/<script> <arguments>` as the guard gets it."""
    name = script.removesuffix(".py")
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_dir(name)), version_base="1.3"):
        config = compose(name, overrides=list(arguments), return_hydra_config=True)
    with open_dict(config):
        config.hydra.job.config_name = name
    return config

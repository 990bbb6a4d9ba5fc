"""Composing outside of Hydra's own run: in a notebook, for another option behind `resume=`, and after an error."""

from collections.abc import Sequence

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from digitlab.cli.config_files import ConfigFiles
from digitlab.system.quoting import quoted


def compose_command(files: ConfigFiles, overrides: Sequence[str], *, with_hydra: bool = True) -> DictConfig:
    """Return what the files of a command compose with what is typed, not yet resolved."""
    primary = files.primary[-1]
    others = [quoted(folder.absolute().as_uri()) for folder in files.folders if folder != primary.parent]
    added = [f"hydra.searchpath=[{','.join(others)}]"] if others else []
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(primary.parent.absolute()), version_base="1.3"):
        return compose(primary.stem, overrides=[*overrides, *added], return_hydra_config=with_hydra)

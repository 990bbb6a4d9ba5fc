"""Composing once more after an error, to find the other faults of a command line. Only on the way to a refusal."""

from collections.abc import Sequence
from itertools import islice

from hydra import compose, initialize_config_dir
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.schema.rules import value_faults
from digitlab.system.quoting import quoted


def typed_overrides(arguments: Sequence[str]) -> list[str]:
    """Return the overrides among arguments; of what a sweep varies, the first value."""
    options, unknown = get_args_parser().parse_known_args(list(arguments))
    overrides = [text for text in (*options.overrides, *unknown) if not text.startswith("-")]
    return [_first_value(text) for text in overrides] if options.multirun else overrides


def compose_without(files: ConfigFiles, overrides: Sequence[str]) -> DictConfig:
    """Return what a command composes from the overrides that are left.

    Args:
        files: The command's, which know the folder of `--config-dir`.
        overrides: Those without a known fault.
    """
    primary = files.primary[-1]
    others = [quoted(folder.absolute().as_uri()) for folder in files.folders if folder != primary.parent]
    added = [f"hydra.searchpath=[{','.join(others)}]"] if others else []
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(primary.parent.absolute()), version_base="1.3"):
        return compose(primary.stem, overrides=[*overrides, *added])


def typed_value_faults(config: DictConfig, overrides: Sequence[str]) -> list[str]:
    """Return what the rules say against values that were typed."""
    faults = []
    for override in overrides:
        key = override.lstrip("+~").partition("=")[0]
        try:
            value = OmegaConf.select(config, key)
        except OmegaConfBaseException:  # an interpolation that needs more than the composed values
            continue
        if not isinstance(value, DictConfig):
            faults += value_faults({key: OmegaConf.to_container(value) if OmegaConf.is_config(value) else value})
    return faults


def _first_value(override: str) -> str:
    try:
        parsed = OverridesParser.create().parse_override(override)
        swept = parsed.is_discrete_sweep() and not isinstance(parsed.value(), Glob)  # only Hydra's loader knows names
        values = list(islice(parsed.sweep_string_iterator(), 1)) if swept else []
    except (HydraException, ValueError):
        return override
    return f"{parsed.get_key_element()}={values[0]}" if values else override

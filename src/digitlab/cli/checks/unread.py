"""Settings that were added with a plus and that nothing reads: they would be accepted and ignored."""

from collections.abc import Sequence

from omegaconf import DictConfig, OmegaConf

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.hints import key_hint
from digitlab.errors import refuse


def check_read(overrides: Sequence[str], config: DictConfig, files: ConfigFiles) -> None:
    """Refuse keys outside the groups that neither a file of the command has nor another value refers to.

    A group's keys are arguments of what it configures, which looks at them itself.

    Args:
        overrides: What was typed.
        config: What was composed.
        files: The configuration files of the command.

    Raises:
        UserError: With a line for each.
    """
    added = {override: override.lstrip("+").partition("=")[0] for override in overrides if override.startswith("+")}
    if added:
        known, groups = files.known(), ("hydra", *files.defaults)
        written = OmegaConf.to_yaml(config)  # interpolations as they were written
        refuse(
            f"{override}: nothing reads {key}{key_hint(key, files)}"
            for override, key in added.items()
            if key not in known and key.partition(".")[0] not in groups and f"${{{key}" not in written
        )

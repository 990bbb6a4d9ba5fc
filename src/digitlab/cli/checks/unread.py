"""Settings that were added with a plus and that nothing reads: they would be accepted and ignored."""

from collections.abc import Iterator, Sequence

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.hints import key_hint
from digitlab.errors import refuse


def check_read(overrides: Sequence[str], written: str, files: ConfigFiles) -> None:
    """Refuse keys outside the groups that neither a file of the command has nor another value refers to.

    A group's keys are arguments of what it configures, which looks at them itself.

    Args:
        overrides: What was typed.
        written: The composed configuration as YAML, its interpolations unresolved.
        files: The configuration files of the command.

    Raises:
        UserError: With a line for each.
    """
    refuse(_unread(overrides, written, files))


def _unread(overrides: Sequence[str], written: str, files: ConfigFiles) -> Iterator[str]:
    known = files.known()
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        if not override.startswith("+") or key in known or key.partition(".")[0] in ("hydra", *files.defaults):
            continue
        if f"${{{key}" not in written:
            yield f"{override}: nothing reads {key}{key_hint(key, files)}"

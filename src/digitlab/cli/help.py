"""`--help`: what can be set, in the words of the configuration files, comments and all.

Hydra's own help composes the values and drops the comments, which are the explanations; it also offers the groups of
every command to each, and takes ten times as long. This reads a few files as text and needs no Hydra.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from digitlab.paths import config_dir

PACKAGE_LINE = "# @package _global_"


def help_text(config_name: str, arguments: Sequence[str] = ()) -> str:
    """Return groups, options and keys of a command.

    Args:
        config_name: The command's primary configuration.
        arguments: What was typed; `group=option` shows the keys of that option.
    """
    folder = config_dir(config_name)
    primary = folder / f"{config_name}.yaml"
    groups = dict(_groups(primary))
    typed = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    chosen = {group: typed.get(group, option) for group, option in groups.items()}
    blocks = [
        f"python src/{config_name}.py group=option key=value ...",
        re.sub("^# ?", "", _heading(primary), flags=re.MULTILINE),
        "== Groups: group=option; * is chosen ==",
        "\n".join(_options(folder, group, option) for group, option in chosen.items()),
        "== Keys: key=value; group.key=value for an indented one ==",
        _keys(primary),
        *(_chosen(folder, group, option) for group, option in chosen.items() if option),
        "--cfg job prints the composed values and runs nothing; -m runs every combination of values with commas.",
    ]
    return "\n\n".join(block for block in blocks if block)


def _defaults(path: Path) -> list[object]:
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return list(content.get("defaults", []))


def _groups(primary: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the groups of a command with their default options; Hydra's own are not a person's to choose."""
    for entry in _defaults(primary):
        if isinstance(entry, dict):
            ((group, option),) = entry.items()
            if not group.startswith(("override ", "hydra")):
                yield group, option


def _options(folder: Path, group: str, chosen: str | None) -> str:
    names = sorted(path.stem for path in (folder / group).glob("*.yaml"))
    return f"{group:12}" + "  ".join(f"*{name}" if name == chosen else name for name in names)


def _chosen(folder: Path, group: str, option: str) -> str:
    """Return what an option of a group says, each file it consists of in turn."""
    path = folder / group / f"{option}.yaml"
    if not path.is_file():
        return f"{group}={option} does not exist"
    text = path.read_text(encoding="utf-8")
    parts = [_chosen(folder, group, entry) for entry in _defaults(path) if isinstance(entry, str) and entry != "_self_"]
    overrides = [entry for entry in _defaults(path) if isinstance(entry, dict)]
    settings = " ".join(
        f"{key.removeprefix('override /')}={value}" for entry in overrides for key, value in entry.items()
    )
    title = f"-- {group}={option}" + (f", with {settings}" if settings else "")
    keys = _keys(path)
    if keys and not text.startswith(PACKAGE_LINE):
        keys = f"{group}:\n" + re.sub("^(?=.)", "  ", keys, flags=re.MULTILINE)
    own = "\n".join(part for part in (title, _heading(path), keys) if part)
    return "\n\n".join([own, *parts] if not keys else [*parts, own])


def _heading(path: Path) -> str:
    """Return the comment at the top of a file."""
    lines = path.read_text(encoding="utf-8").removeprefix(PACKAGE_LINE + "\n").splitlines()
    count = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(lines[:count])


def _keys(path: Path) -> str:
    """Return a file's keys as they stand there, without its defaults list and Hydra's section."""
    text = path.read_text(encoding="utf-8").removeprefix(PACKAGE_LINE + "\n")
    body = text.removeprefix(_heading(path))
    sections = re.split(r"^(?=[\w*])", body, flags=re.MULTILINE)
    return "".join(section for section in sections if not section.startswith(("defaults:", "hydra:"))).strip("\n")

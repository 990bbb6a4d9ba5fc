"""`--help`: what can be set, in the words of the configuration files, comments and all.

Hydra's own help composes the values and drops the comments, which are the explanations; it also offers the groups of
every command to each, and takes ten times as long. This reads a few files as text and needs no Hydra.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

from digitlab.cli.config_files import ConfigFiles, overrides, package, split_package
from digitlab.cli.hints import unknown_option
from digitlab.errors import UserError, did_you_mean

EVERYTHING = "all"
COMMON = (  # what people change most
    "model.*", "optimizer.*", "data.batch_size", "data.val_share", "scheduler.*", "trainer.accelerator",
    "trainer.devices", "trainer.precision", "trainer.max_epochs", "trainer.gradient_clip_val",
    "trainer.limit_train_batches", "callbacks.early_stopping.patience", "paths.data_dir", "paths.output_root",
)  # fmt: skip
MORE = """\
--help model           every option of a group with its keys; --help all shows those of every group
model=mlp --help       the keys of an option
--cfg job              the composed values; nothing is run
-m                     every combination of values with commas"""


def help_text(config_name: str, arguments: Sequence[str] = ()) -> str:
    """Return groups, options and keys of a command.

    Args:
        config_name: The command's primary configuration.
        arguments: What was typed: `group=option` shows the keys of that option, `group` those of all its options, and
            `all` those of every group.

    Raises:
        UserError: If there is no such group or option.
    """
    files = ConfigFiles(config_name, arguments)
    asked = list(_asked(files))
    full = [_option(files, group, option) for group, option in asked]
    named = [word for word in files.words if word in (*files.defaults, EVERYTHING)]
    if named and EVERYTHING not in named:
        return "\n\n".join(full)
    blocks = [
        f"python src/{config_name}.py group=option key=value ...",
        re.sub("^# ?", "", _heading_and_keys(files.primary[-1])[0], flags=re.MULTILINE),
        "== Groups: group=option; * is chosen ==",
        "\n".join(_options(files, group) for group in files.defaults),
        "== Keys: key=value; group.key=value for an indented one ==",
        *(_heading_and_keys(path)[1] for path in files.primary),
        *full,
    ]
    common = "" if EVERYTHING in named else "\n".join(_common(files, {group for group, _ in asked}))
    if common:
        blocks += ["== Keys of the chosen options that are changed most ==", common]
    return "\n\n".join(block for block in [*blocks, "== More ==", MORE] if block)


def _asked(files: ConfigFiles) -> Iterator[tuple[str, str]]:
    """Yield the groups and options whose keys were asked for."""
    if EVERYTHING in files.words:
        yield from ((group, option) for group, options in files.chosen.items() for option in options)
    for word in files.words:
        group, equals, _ = word.partition("=")
        if group in files.defaults:
            typed = files.typed.get(group, []) if equals else files.options(group)
            yield from ((group, option) for option in typed)
        elif not (equals or word.startswith(("-", "~")) or word == EVERYTHING):
            raise UserError(f"{word} is no group; --help takes {', '.join(files.defaults)} or {EVERYTHING}"
                            f"{did_you_mean(word, files.defaults)}")  # fmt: skip


def _options(files: ConfigFiles, group: str) -> str:
    chosen = files.chosen[group]
    return f"{group:12}" + "  ".join(f"*{name}" if name in chosen else name for name in files.options(group))


def _option(files: ConfigFiles, group: str, option: str) -> str:
    """Return what an option says, each file it consists of in turn."""
    paths = list(files.files(group, option))
    if not paths:
        raise UserError(unknown_option(group, option, files))
    return "\n\n".join(_file(path, group) for path in paths)


def _file(path: Path, group: str) -> str:
    others = " ".join(f"{key}={value}" for key, value in overrides([path]).items())
    (heading, keys), section = _heading_and_keys(path), package(path, group)
    if keys and section:
        keys = f"{section}:\n" + re.sub("^(?=.)", "  ", keys, flags=re.MULTILINE)
    title = f"-- {group}={path.stem}" + (f", with {others}" if others else "")
    return "\n".join(part for part in (title, heading, keys) if part)


def _common(files: ConfigFiles, shown: set[str]) -> Iterator[str]:
    """Yield the keys that are changed most and those at the top, a line each, with the values of the last file."""
    lines: dict[str, str] = {}
    for group, options in files.chosen.items():
        for path in (path for option in options for path in files.files(group, option)):
            for key, rest in _lines(_heading_and_keys(path)[1], package(path, group)):
                if rest.startswith("null"):
                    lines = {other: text for other, text in lines.items() if not other.startswith(f"{key}.")}
                lines[key] = "" if group in shown else rest
    top = [key for key in lines if "." not in key and key not in files.defaults]
    common = [key for pattern in COMMON for key in lines if fnmatchcase(key, pattern) and "._" not in key]
    yield from (f"{key}: {lines[key]}" for key in (*top, *common) if lines[key])


def _lines(text: str, section: str) -> Iterator[tuple[str, str]]:
    """Yield each dotted key with its value and comment; files indent by two blanks."""
    above = [section] if section else []
    for line in text.splitlines():
        found = re.fullmatch(r"( *)([\w-]+): *(.*)", line)
        if found:
            place = len(found[1]) // 2 + bool(section)
            above = [*above[:place], found[2]]
            yield ".".join(above), found[3]


def _heading_and_keys(path: Path) -> tuple[str, str]:
    """Return the comment at the top of a file, and its keys without its defaults list and Hydra's section."""
    text = split_package(path)[1]
    heading = "".join(takewhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))
    sections = re.split(r"^(?=[\w*])", text.removeprefix(heading), flags=re.MULTILINE)
    keys = (section for section in sections if not section.startswith(("defaults:", "hydra:")))
    return heading.rstrip("\n"), "".join(keys).strip("\n")

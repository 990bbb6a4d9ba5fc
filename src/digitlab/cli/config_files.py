"""What the configuration files of a command offer: groups, options and keys, read as YAML without Hydra.

`--help` shows it and the hints for mistyped words search it. Hydra alone decides what is composed; a test holds what is
said here about chosen options against it.
"""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from digitlab.paths import config_dir

PACKAGE = "# @package "
FLAGS = ArgumentParser(add_help=False, allow_abbrev=False)  # those of Hydra that take a value
for short, long in (("-cd", "--config-dir"), ("-cn", "--config-name"), ("-cp", "--config-path"), ("-c", "--cfg"),
                    ("-p", "--package")):  # fmt: skip
    FLAGS.add_argument(short, long, nargs="?")


class ConfigFiles:
    """The files from which the command `config_name` is composed, after what was typed.

    Attributes:
        folders: Where files are looked for, in this order: the command's own folder, then that of `--config-dir`.
        name: Of the command's primary configuration, or what was typed behind `--config-name`.
        words: What was typed but for flags that take a value.
        primary: The primary file, behind those it is built on.
        defaults: The groups of the command, each with the options that are chosen if nothing is typed.
        typed: The groups that were typed, each with its options.
        chosen: All groups with their options after experiments and what is typed.
    """

    def __init__(self, config_name: str, arguments: Sequence[str] = ()) -> None:
        flags, self.words = FLAGS.parse_known_args(list(arguments))
        self.folders = [config_dir(config_name), *([] if flags.config_dir is None else [Path(flags.config_dir)])]
        self.name = flags.config_name or config_name
        self.primary = list(self.files("", self.name if self._find(self.name) else config_name))
        groups = overrides(self.primary).items()  # without Hydra's own, which are not a person's to choose
        self.defaults = {group: names(option) for group, option in groups if not group.startswith("hydra")}
        split = (word.lstrip("+").partition("=") for word in self.words if "=" in word)
        self.typed = {key: names(value.strip("[]").split(",")) for key, _, value in split if key in self.defaults}
        self.chosen = self._choose()

    def options(self, group: str) -> list[str]:
        """Return the names of the options of a group."""
        return sorted({path.stem for folder in self.folders for path in (folder / group).glob("*.yaml")})

    def files(self, group: str, option: str) -> Iterator[Path]:
        """Yield the files an option consists of, those it is built on first; group "" has the primary files."""
        path = self._find(f"{group}/{option}" if group else option)
        if path is not None:
            for entry in defaults_list(path):
                if isinstance(entry, str) and entry != "_self_":
                    yield from self.files(group, entry)
            yield path

    def keys(self, group: str, option: str) -> list[str]:
        """Return the dotted keys that an option sets."""
        return [key for path in self.files(group, option) for key in dotted(read(path), package(path, group))]

    def known(self) -> list[str]:
        """Return the keys of the command, and its sections, with the options that are chosen."""
        keys = [key for path in self.primary for key in dotted(read(path), "") if not key.startswith("hydra.")]
        keys += [
            key for group, options in self.chosen.items() for option in options for key in self.keys(group, option)
        ]
        sections = [key[:place] for key in keys for place, letter in enumerate(key) if letter == "."]
        return list(dict.fromkeys([*keys, *sections]))

    def elsewhere(self) -> Iterator[tuple[str, str, str]]:
        """Yield each key of each option, with its group and option, whether or not it is chosen."""
        for group in self.defaults:
            for option in self.options(group):
                for key in self.keys(group, option):
                    yield key, group, option

    def _find(self, name: str) -> Path | None:
        paths = (folder / f"{name.removesuffix('.yaml')}.yaml" for folder in self.folders)
        return next((path for path in paths if path.is_file()), None)

    def _choose(self) -> dict[str, list[str]]:
        """Apply what is typed, and what the options so chosen override of those in front of them."""
        typed = {group: options for group, options in self.typed.items() if set(options) & {*self.options(group)}}
        chosen = {**self.defaults, **typed}
        for group, options in list(chosen.items()):
            for option in options:
                for key, value in overrides(self.files(group, option)).items():
                    chosen[key] = typed.get(key, names(value))
        return chosen


def names(option: Any) -> list[str]:
    """Return the options in an entry of a defaults list: none, one or several."""
    listed = option if isinstance(option, list) else [option]
    return [str(name) for name in listed if name not in (None, "null", "")]


def overrides(files: Iterable[Path]) -> dict[str, Any]:
    """Return the options of groups that the defaults lists of files choose."""
    entries = [entry for path in files for entry in defaults_list(path) if isinstance(entry, dict)]
    return {key.removeprefix("override ").lstrip("/"): option for entry in entries for key, option in entry.items()}


@cache
def read(path: Path) -> dict[str, Any]:
    """Return what a file holds; one that is no YAML offers nothing, and Hydra words its fault if it is chosen."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def defaults_list(path: Path) -> list[Any]:
    """Return the defaults list of a file."""
    return list(read(path).get("defaults") or [])


def split_package(path: Path) -> tuple[str | None, str]:
    """Return the package that the first line of a file names, if it does, and the text without that line."""
    text = path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    return (first.removeprefix(PACKAGE).strip(), rest) if first.startswith(PACKAGE) else (None, text)


def package(path: Path, group: str) -> str:
    """Return the section that the keys of an option's file go to; "" is the top."""
    named, _ = split_package(path)
    return group.replace("/", ".") if named is None else named.removeprefix("_global_")


def dotted(content: dict[str, Any], section: str) -> Iterator[str]:
    """Yield the keys of nested settings, without the defaults list."""
    for name, value in content.items():
        key = f"{section}.{name}" if section else str(name)
        if isinstance(value, dict) and value:
            yield from dotted(value, key)
        elif name != "defaults":
            yield key

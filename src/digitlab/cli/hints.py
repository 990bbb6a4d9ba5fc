"""What to type instead of a word that is no key: the right place, the option that has it, or the nearest name."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path

from digitlab.cli.config_files import ConfigFiles, read

WORDS = Path(__file__).with_name("synonyms.yaml")
SHOWN = 3  # keys or options in a hint
LISTED = 10  # keys of a section, where nothing is near
NEAR = 0.65  # how similar a name must be, 1 being equal
ALMOST = 0.9


def key_hint(key: str, files: ConfigFiles) -> str:
    """Return what to type instead of an unknown key, "; " in front, or an empty string if nothing comes to mind.

    Args:
        key: Without its value: `epochs`, `optimizer.learning_rate`.
        files: The configuration files of the command, with what was typed.
    """
    ways: tuple[Callable[[str, ConfigFiles], str], ...] = (
        _other_option, _other_word, _same_name, _same_name_elsewhere, _trainer_argument, _near, _section,
    )  # fmt: skip
    return next((hint for way in ways if (hint := way(key, files))), "")


def unknown_option(group: str, option: str, files: ConfigFiles) -> str:
    """Return the refusal of an option that does not exist, with its nearest neighbour, or the group that has it."""
    options = {_plain(name): name for name in files.options(group)}
    if not options:
        return f"{group}/{option} is not a configuration"
    name = _last(option)
    others = [f"{other}={name}" for other in files.defaults if name in map(_plain, files.options(other))]
    near = [options[near] for near in get_close_matches(name, options, n=1, cutoff=0.5)]
    hint = _did_you_mean(near if name in options or not others else others)
    return f"{group}={option} does not exist; {group} may be {', '.join(options.values())}{hint}"


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")


def _last(key: str) -> str:
    return _plain(key.rpartition(".")[2])


def _did_you_mean(keys: Iterable[str]) -> str:
    shown = list(dict.fromkeys(keys))[:SHOWN]
    return f"; did you mean {' or '.join(shown)}?" if shown else ""


def _options_with(key: str, files: ConfigFiles) -> str:
    found = [place for place in files.elsewhere() if place[0] == key or ("." in key and place[0].endswith(f".{key}"))]
    if not found:
        return ""
    full = found[0][0]
    options = [f"{group}={option}" for other, group, option in found if other == full]
    shown = [options[0], *(option.partition("=")[2] for option in options[1:SHOWN])]
    return f"; {full} exists with {' or '.join(shown)}" + (" and others" if len(options) > SHOWN else "")


def _other_option(key: str, files: ConfigFiles) -> str:
    """`scheduler.patience` while another scheduler is chosen; `early_stopping.patience` without its section."""
    ending = [name for name in _settable(files) if "." in key and name.endswith(f".{key}")]
    hint = _did_you_mean(ending) or _options_with(key, files)
    return hint and hint + _almost(key, files)


def _other_word(key: str, files: ConfigFiles) -> str:
    """`epochs`, which other programs have."""
    synonyms, word = read(WORDS)["synonyms"], _last(key)
    for meant in (meant for meant, words in synonyms.items() if word in words.split()):
        name = meant.partition("=")[0]
        there = name in files.known() or name in files.defaults
        hint = _did_you_mean([meant]) if there else _options_with(name, files) or _trainer_argument(name, files)
        if hint:
            return hint
    return ""


def _same_name(key: str, files: ConfigFiles) -> str:
    """`batch_size` without its section, in a wrong one, or in other case."""
    names = [*files.defaults, *_settable(files)]
    whole = [name for name in names if _plain(name) == _plain(key)]
    last = [name for name in names if _last(name) == _last(key)]
    return _did_you_mean(whole or _in_section(key, last) or last)


def _same_name_elsewhere(key: str, files: ConfigFiles) -> str:
    """`hidden_sizes` while the chosen network has none."""
    keys = [other for other, _, _ in files.elsewhere() if _last(other) == _last(key)]
    return _options_with(keys[0], files) + _almost(keys[0], files) if keys else ""


def _trainer_argument(key: str, files: ConfigFiles) -> str:
    """`max_time`, which Lightning's Trainer takes and no file of ours lists."""
    section, _, name = _plain(key).rpartition(".")
    placed = "trainer" in files.defaults and section in ("", "trainer")
    known = placed and name in read(WORDS)["trainer_arguments"].split()
    return f"; Lightning's Trainer takes it with a plus: +trainer.{name}=..." if known else ""


def _near(key: str, files: ConfigFiles) -> str:
    """`optimizer.lrr`, `modle`."""
    names = _settable(files)
    first = _in_section(key, names) if "." in key else list(files.defaults)
    return _did_you_mean(_nearest(key, first, NEAR) or _nearest(key, names, NEAR))


def _almost(key: str, files: ConfigFiles) -> str:
    return _did_you_mean(_nearest(key, _in_section(key, _settable(files)), ALMOST))


def _section(key: str, files: ConfigFiles) -> str:
    """Whatever else: what its section has."""
    section = key.partition(".")[0]
    if section == "hydra":
        return "; --cfg hydra shows the keys of Hydra"
    if section == key or section not in files.defaults:
        return ""
    if not _in_section(key, files.known()):
        return f"; it can be set once {section}=... is chosen, which may be {', '.join(files.options(section))}"
    names = [name.removeprefix(f"{section}.") for name in _settable(files) if name.startswith(f"{section}.")]
    more = ", ..." if len(names) > LISTED else ""
    return (
        f"; {section}={'+'.join(files.chosen[section])} has {', '.join(names[:LISTED])}{more}; an argument that its "
        f"file leaves out takes a plus: +{key}=..."
    )


def _settable(files: ConfigFiles) -> list[str]:
    return [key for key in files.known() if not _last(key).startswith("_")]


def _in_section(key: str, names: Iterable[str]) -> list[str]:
    section = _plain(key.partition(".")[0])
    return [name for name in names if "." in key and _plain(name).startswith(f"{section}.")]


def _nearest(key: str, names: Iterable[str], cutoff: float) -> list[str]:
    """Return the name whose last part is nearest to that of a key, if one is near."""
    last = {_last(name): name for name in reversed(list(names))}
    return [last[near] for near in get_close_matches(_last(key), last, n=1, cutoff=cutoff)]

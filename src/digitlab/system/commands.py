"""Commands that are printed for people to paste: quoted for Hydra first, then for the shell.

They work in the folder that they were printed in, whatever it and the paths in them are called.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from digitlab.paths import home, script, shown, typed
from digitlab.system.quoting import quoted
from digitlab.system.trust import trusted_packages

DEFAULT_FOLDERS = {"data_dir": "data", "output_root": "outputs"}  # below `home()`, as in conf/paths/default.yaml


def command(program: str, *arguments: str | Path) -> str:
    """Return a command line.

    Args:
        program: As it is typed.
        arguments: A path is written as it is typed from here.
    """
    words = [_operand(argument) if isinstance(argument, Path) else argument for argument in arguments]
    return " ".join([program, *map(shlex.quote, words)])


def evaluate_command(directory: Path, paths: object) -> str:
    """Return how to test the run in `directory`, with those of its `paths` that are not the default ones.

    They may come from its config.yaml, and so be anything: what is no path is left out. A resumed run has itself for
    its `output_root`, and writes nowhere else; an evaluation does.
    """
    usual = (*((key, home() / name) for key, name in DEFAULT_FOLDERS.items()), ("output_root", directory))
    given = {key: paths.get(key) for key in DEFAULT_FOLDERS} if isinstance(paths, Mapping) else {}
    places = {key: place for key, place in given.items() if isinstance(place, str)}
    folders = [setting(f"paths.{key}", place) for key, place in places.items() if (key, Path(place)) not in usual]
    return command(script("eval"), *_trust(), setting("checkpoint", directory), *folders)


def resume_command(directory: Path) -> str:
    """Return how to resume the training run in `directory`."""
    return command(script("train"), *_trust(), setting("resume", directory))


def resume_sweep_command(name: str, directory: Path) -> str:
    """Return how to continue the sweep in `directory` that the command `name` ("train", "eval") has begun."""
    return command(script(name), *_trust(), setting("sweep", directory))


def curves_command(directory: Path) -> str:
    """Return how to look at the curves of all runs below `directory`."""
    return command(typed("tensorboard"), "--logdir", directory)


def _trust() -> list[str]:
    """Return the packages that the run at hand was allowed to name: whoever reads it has to allow them, too."""
    packages = trusted_packages()
    return [f"trust={packages[0]}" if len(packages) == 1 else f"trust=[{','.join(packages)}]"] if packages else []


def setting(key: str, path: str | Path) -> str:
    """Return `key=path` as Hydra takes it, in quotes only if it needs some."""
    text = _operand(path)
    return f"{key}={text if re.fullmatch(r'[A-Za-z0-9_./-]+', text) else quoted(text)}"


def _operand(path: str | Path) -> str:
    """Return a path that nobody takes for an option, a home folder or a word like "latest"."""
    text = shown(path)
    return text if "/" in text and text[0] not in "-~" else f"./{text}"

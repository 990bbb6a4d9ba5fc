"""Where the project lies on this machine: the only module that knows."""

import os
import shlex
import shutil
import sys
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
CONF_DIR = PROJECT_ROOT / "conf"


def config_dir(command: str) -> Path:
    """Return the folder that Hydra composes a command from: its own below conf/, if its groups are its own."""
    own = CONF_DIR / command
    return own if own.is_dir() else CONF_DIR


def cache_dir() -> Path:
    """Return the folder for what can be found out anew on this machine: DIGITLAB_CACHE, or the system's own place."""
    own = os.environ.get("DIGITLAB_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "digitlab"


def shown(path: str | Path) -> str:
    """Return `path` as a person would type it from here: relative where it lies below the working folder."""
    absolute = Path(path).absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


def typed(program: str) -> str:
    """Return `program` ("python", "tensorboard") as it has to be typed to get the one of this environment."""
    ours = Path(sys.executable).with_name(program)
    found = shutil.which(program)
    return program if (found and Path(found) == ours) or not ours.exists() else shlex.quote(shown(ours))


def script(name: str) -> str:
    """Return how to type the command `name` of this project, for example `python src/eval.py`."""
    return f"{typed('python')} {shlex.quote(shown(PROJECT_ROOT / 'src' / f'{name}.py'))}"

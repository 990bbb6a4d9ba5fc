"""Where things lie on this machine: the only module that knows whether this is a checkout or an installed package."""

import os
import shlex
import shutil
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PROJECT_ROOT = PACKAGE.parents[1]  # of a checkout
INSTALLED = (PACKAGE / "conf").is_dir()  # from a wheel, which carries the configuration inside the package
CONF_DIR = (PACKAGE if INSTALLED else PROJECT_ROOT) / "conf"


def home() -> Path:
    """Return the folder in which data and outputs lie by default: the checkout, or the working directory."""
    return Path.cwd() if INSTALLED else PROJECT_ROOT


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


_typed_in: Path | None = None  # of a command; a job of Hydra's may work in a folder of its own


def remember_folder() -> None:
    """Take the working folder for the one that a person types in."""
    global _typed_in
    _typed_in = Path.cwd()


def shown(path: str | Path) -> str:
    """Return `path` as a person would type it: relative where it lies below the folder that is typed in."""
    absolute = Path(path).absolute()
    here = _typed_in or Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


def typed(program: str) -> str:
    """Return `program` ("python", "tensorboard") as it has to be typed to get the one of this environment."""
    ours = Path(sys.executable).with_name(program)
    found = shutil.which(program)
    return program if (found and Path(found) == ours) or not ours.exists() else shlex.quote(shown(ours))


def script(name: str) -> str:
    """Return how to type the command `name` of this project: `python src/eval.py`, or `digitlab eval` if installed."""
    if INSTALLED:
        return f"{typed('digitlab')} {name}"
    return f"{typed('python')} {shlex.quote(shown(PROJECT_ROOT / 'src' / f'{name}.py'))}"

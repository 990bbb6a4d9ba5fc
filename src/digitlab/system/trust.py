"""Which packages of a person's own may be named in configurations and checkpoints, in this process and its children."""

import os
import sys
from collections.abc import Sequence

VARIABLE = "DIGITLAB_ALLOWED_TARGETS"  # prefixes with commas between: "mylab.nets.,timm.models."


def trusted_prefixes() -> list[str]:
    """Return what the names of trusted classes may begin with."""
    prefixes = (prefix.strip() for prefix in os.environ.get(VARIABLE, "").split(","))
    return [prefix for prefix in prefixes if prefix]


def trusted_packages() -> list[str]:
    """Return the trusted packages as they are typed behind `trust=`."""
    return [prefix.rstrip(".") for prefix in trusted_prefixes()]


def trust(packages: str | Sequence[str] | None) -> None:
    """Allow a person's own packages and modules, here and in the processes that this one starts.

    They are also looked for in the working directory, behind everything that is installed.

    Args:
        packages: Full names, "mylab" or "mylab.nets"; `None` for no further ones.
    """
    names = [packages] if isinstance(packages, str) else list(packages or ())
    known = trusted_prefixes()
    new = [f"{name.rstrip('.')}." for name in names if f"{name.rstrip('.')}." not in known]
    if new:
        os.environ[VARIABLE] = ",".join([*known, *new])
    if known or new:
        import_from(os.getcwd())


def import_from(folder: str) -> None:
    """Let this process and those that it starts import what lies in `folder`, behind everything that is installed."""
    inherited = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if folder not in sys.path:
        sys.path.append(folder)
    if folder not in inherited:
        os.environ["PYTHONPATH"] = os.pathsep.join([*inherited, folder])

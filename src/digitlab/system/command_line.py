"""What was typed behind the command of this process: read from `sys.argv` once, and here for whoever needs it."""

import sys
from collections.abc import Sequence

_typed: list[str] = []


def read_arguments() -> list[str]:
    """Return the arguments of this process, and remember them."""
    _typed[:] = sys.argv[1:]
    return list(_typed)


def typed_arguments() -> list[str]:
    """Return what was typed; nothing in a notebook."""
    return list(_typed)


def restart_with(arguments: Sequence[str]) -> None:
    """Let further processes of one training, which Lightning starts with the arguments of this one, begin with others.

    Args:
        arguments: Of the single run that this process has come to.
    """
    sys.argv[1:] = arguments

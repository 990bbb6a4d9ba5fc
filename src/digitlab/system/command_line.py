"""What was typed behind the command of this process: read from `sys.argv` once, and here for whoever needs it."""

import sys
from collections.abc import Sequence

_typed: list[str] = []
_command_words = 0  # 1 for `digitlab train`


def read_arguments(skip: int = 0) -> list[str]:
    """Return the arguments of this process, and remember them.

    Args:
        skip: How many in front name the command; they are taken away, since Hydra reads the rest for itself.
    """
    global _command_words
    _command_words = skip
    _typed[:] = sys.argv[1 + skip :]
    sys.argv[1:] = _typed
    return list(_typed)


def typed_arguments() -> list[str]:
    """Return what was typed; nothing in a notebook."""
    return list(_typed)


def restart_with(command: str, arguments: Sequence[str]) -> None:
    """Let further processes of one training, which Lightning starts with the arguments of this one, begin with others.

    Args:
        command: "train", "eval" or "baseline".
        arguments: Of the single run that this process has come to.
    """
    sys.argv[1:] = [*([command] if _command_words else []), *arguments]

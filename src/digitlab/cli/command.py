"""The door of every command: help at once, everything else by way of Hydra.

`main = command("train")` makes the command of `conf/train.yaml`.
"""

import os
import sys
from collections.abc import Callable

from digitlab.cli.help import help_text
from digitlab.errors import UserError
from digitlab.system.command_line import read_arguments


def command(config_name: str) -> Callable[[], None]:
    """Return the `main` of the command whose primary configuration is `<config_name>.yaml` in its `config_dir`."""

    def main() -> None:
        arguments = read_arguments()
        if "--help" in arguments or "-h" in arguments:
            show_help(config_name, arguments)
            return
        from digitlab.cli.app import launch  # Hydra, half a second that help does not need

        launch(config_name)

    return main


def show_help(config_name: str, arguments: list[str]) -> None:
    """Print the help of a command; a reader that has seen enough, as in `--help | head`, is no error."""
    try:
        print(help_text(config_name, arguments), flush=True)
    except UserError as error:
        print(f"digitlab: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would fail again at its exit

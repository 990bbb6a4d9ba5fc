"""The door of every command: help at once, everything else by way of Hydra.

`main = command("train")` makes the command of `conf/train.yaml`, for `python src/train.py`; `main` itself is that of
the installed package: `digitlab train ...`.
"""

import os
import sys
from collections.abc import Callable

from digitlab.cli.help import help_text
from digitlab.errors import UserError
from digitlab.system.command_line import read_arguments

COMMANDS = ("train", "eval", "diagnose", "baseline")
USAGE = """digitlab train     train a digit classifier       digitlab train model=cnn data=digits
digitlab eval      test a trained model           digitlab eval checkpoint=latest
digitlab diagnose  examine a training             digitlab diagnose model=cnn
digitlab baseline  the nets in NumPy              digitlab baseline experiment=spiral
Each tells all its settings with --help."""


def command(config_name: str) -> Callable[[], None]:
    """Return the `main` of the command whose primary configuration is `<config_name>.yaml` in its `config_dir`."""

    def run() -> None:
        _run(config_name, read_arguments())

    return run


def main() -> None:
    """Be the command that is named first: `digitlab train model=cnn`."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in COMMANDS:
        _run(name, read_arguments(skip=1))
        return
    wanted = name in ("", "-h", "--help")
    print(USAGE if wanted else f"digitlab: {name} is no command\n{USAGE}", file=sys.stdout if wanted else sys.stderr)
    sys.exit(0 if wanted else 2)


def _run(name: str, arguments: list[str]) -> None:
    if "--help" in arguments or "-h" in arguments:
        show_help(name, arguments)
        return
    if name == "diagnose" and arguments == ["rules"]:
        from digitlab.cli.rule_list import list_rules

        list_rules()
        return
    from digitlab.cli.app import launch  # Hydra, half a second that help does not need

    launch(name, arguments)


def show_help(config_name: str, arguments: list[str]) -> None:
    """Print the help of a command; a reader that has seen enough, as in `--help | head`, is no error."""
    try:
        print(help_text(config_name, arguments), flush=True)
    except UserError as error:
        print(f"digitlab: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would fail once more at its exit

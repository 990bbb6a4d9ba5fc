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


def command(config_name: str, words: int = 0) -> Callable[[], None]:
    """Return the `main` of the command whose primary configuration is `<config_name>.yaml` in its `config_dir`.

    Args:
        config_name: "train", "eval", "diagnose" or "baseline".
        words: How many arguments in front name it.
    """

    def run() -> None:
        arguments = read_arguments(skip=words)
        if config_name == "diagnose" and arguments == ["rules"]:
            from digitlab.cli.rule_list import list_rules

            list_rules()
            return
        if not {"--help", "-h"} & {*arguments}:
            from digitlab.cli.app import launch  # Hydra, half a second that help does not need

            launch(config_name, arguments)
            return
        try:
            print(help_text(config_name, arguments), flush=True)
        except UserError as error:
            print(f"digitlab: {error}", file=sys.stderr)
            sys.exit(2)
        except BrokenPipeError:  # a reader that has seen enough, as in `--help | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would fail at its exit

    return run


def main() -> None:
    """Be the command that is named first: `digitlab train model=cnn`."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in COMMANDS:
        command(name, words=1)()
    elif name in ("", "-h", "--help"):
        print(USAGE)
    else:
        print(f"digitlab: {name} is no command\n{USAGE}", file=sys.stderr)
        sys.exit(2)

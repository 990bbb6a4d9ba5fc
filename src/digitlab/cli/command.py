"""The door of every command: help at once, everything else by way of Hydra.

`main = command("train")` makes the command of `conf/train.yaml`, for `python src/train.py`; `main` itself is that of
the installed package: `digitlab train ...`.
"""

import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from digitlab.errors import Interrupted, UserError
from digitlab.paths import remember_folder
from digitlab.system.command_line import read_arguments
from digitlab.system.output import raise_if_lost, say_last, survive_unread_output
from digitlab.system.signals import install_handlers, received_signal

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
        survive_unread_output()
        install_handlers()
        try:
            _check_working_directory()
            _answer(config_name, arguments)
            raise_if_lost()
        except UserError as error:
            _leave(2, str(error))
        except (Interrupted, Exception) as error:
            number = error.signum if isinstance(error, Interrupted) else received_signal()
            if number:  # before, or just after, there was anything to save
                _leave(128 + number, f"stopped by {signal.Signals(number).name}")
            if isinstance(error, OSError) and error.filename is not None:  # standard output, on a full disk
                _leave(2, f"{error.filename}: {error.strerror}; give another place")
            raise

    return run


def _answer(config_name: str, arguments: Sequence[str]) -> None:
    if {"--help", "-h"} & {*arguments}:
        from digitlab.cli.help import help_text

        print(help_text(config_name, arguments), flush=True)
    elif config_name == "diagnose" and arguments == ["rules"]:
        from digitlab.cli.rule_list import list_rules

        list_rules()
    else:
        from digitlab.cli.app import launch  # Hydra, half a second that help does not need

        launch(config_name, arguments)


def _check_working_directory() -> None:
    """Refuse to work where no path can be told.

    Raises:
        UserError: If the folder was removed in which the command was typed.
    """
    try:
        remember_folder()
    except OSError as error:
        raise UserError(f"the folder that this was typed in cannot be used: {error.strerror}; cd to another") from None


def _leave(code: int, message: str) -> NoReturn:
    say_last(message)
    sys.exit(code)


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

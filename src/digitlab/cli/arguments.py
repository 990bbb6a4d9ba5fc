"""What is wrong with a command line before Hydra looks at it, whose own refusals take ten lines or come too late."""

from collections.abc import Sequence
from typing import NoReturn

from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.hints import key_hint
from digitlab.errors import UserError

REMOVABLE = ("callbacks.", "logger.")  # what may also be left out with a ~ in front


def check_arguments(arguments: Sequence[str]) -> None:
    """Refuse what is no text, and to remove what every run needs.

    Raises:
        UserError: With the argument.
    """
    for argument in arguments:
        _check_text(argument)
        key = argument[1:].partition("=")[0]
        if argument.startswith("~") and not key.startswith(REMOVABLE):
            raise UserError(
                f"{argument}: a setting cannot be removed, only changed, as {key}=...; callbacks and loggers are left "
                "out with callbacks.<name>=null"
            )


def _check_text(argument: str) -> None:
    """Refuse bytes that Python could not read; it reads UTF-8 in every locale, unless it is told not to."""
    raw = argument.encode("utf-8", "surrogateescape")
    printable = raw.decode("ascii", "backslashreplace")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{printable} is not text: its bytes are not UTF-8; type it anew") from None
    if whole != argument:
        raise UserError(f"{printable} cannot be read in this locale; set PYTHONUTF8=1 or LC_ALL=C.UTF-8")


def check_flags(arguments: Sequence[str], config_name: str = "train") -> None:
    """Refuse flags that do not exist, or that stand between settings.

    Args:
        arguments: What was typed.
        config_name: The command's primary configuration, whose keys are offered for `--lr 0.1`.

    Raises:
        UserError: In the words of the parser.
    """
    from hydra._internal.utils import get_args_parser

    def refuse(message: str) -> NoReturn:
        hint = ""
        if "unrecognized arguments: -" in message:
            hint = _flag_hint(message.partition("unrecognized arguments: ")[2], config_name, arguments)
        elif "=" in message:
            message = f"flags go in front of the settings, or behind them: {message}"
        raise UserError(
            f"{message}; flags are -m for a sweep, --cfg job to see the configuration, --help; settings are "
            f"key=value{hint}"
        )

    parser = get_args_parser()
    parser.error = refuse  # type: ignore[method-assign]
    if not {"--version", "--hydra-help"} & {*arguments}:  # those end the process
        parser.parse_args(list(arguments))


def _flag_hint(flag: str, config_name: str, arguments: Sequence[str]) -> str:
    """Return the setting that `--lr 0.1` or `--lr=0.1` stands for, if there is one."""
    files = ConfigFiles(config_name, arguments)
    key = flag.lstrip("-").split()[0].partition("=")[0].replace("-", "_")
    return f"; did you mean {key}=...?" if key in files.known() else key_hint(key, files)

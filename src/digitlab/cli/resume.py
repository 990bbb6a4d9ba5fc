"""`resume=`: the same command again, in the same directory, with the settings that the run was started with."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from digitlab.cli.replay import replayed
from digitlab.cli.schema.rules import leaves
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT, shown
from digitlab.runs.directories import CONFIG, LAST, find_checkpoints, read_result
from digitlab.system.commands import evaluate_command
from digitlab.system.plain_data import NotPlainData, parse_yaml
from digitlab.system.quoting import quoted, unquoted

FREE = (  # what may differ from the run that is resumed: it changes no bit of the weights
    "resume", "paths.*", "checkpoint_every.*", "verbose", "test", "data.download", "data.timeout_seconds",
    "data.workers", "trainer.accelerator", "trainer.enable_*", "trainer.log_every_n_steps", "logger*",
    "callbacks.progress*", "callbacks.model_summary*", "callbacks.learning_rate_monitor*",
    "callbacks.last_checkpoint*", "callbacks.*.dirpath",
)  # fmt: skip
OVERRIDES = ".hydra/overrides.yaml"
LARGEST = 64 * 2**10  # bytes of a file with settings; ours have 3,000
SHOWN = 3  # differences in a refusal


class Finished(Exception):
    """The run that is to be resumed has nothing left to do."""


def resumed_arguments(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with which the run in `resume=...` goes on, or `arguments` if it is not among them.

    Those of its first start come first, then what is typed now, which `check_unchanged` holds against them.

    Raises:
        UserError: If there is no such run, or it cannot be resumed.
        Finished: If it is done.
    """
    typed = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    reference = typed.get("resume", "null")
    if reference == "null":
        return list(arguments)
    if "-m" in arguments or "--multirun" in arguments:
        raise UserError("resume= goes on with one run; a sweep goes on with sweep=<its directory>")
    output_root = unquoted(typed.get("paths.output_root", str(PROJECT_ROOT / "outputs")))
    directory = find_run(unquoted(reference), output_root)
    result = read_result(directory)
    if result is not None and result.get("status") == "ok":
        test = evaluate_command(directory, read_settings(directory)["paths"])
        raise Finished(f"{shown(directory)} is finished, there is nothing to resume; test it again with {test}")
    settings = dict(leaves(read_settings(directory)))
    kept = replayed(_read(directory, OVERRIDES), settings, list(typed), f"resume={shown(directory)}")
    now = [argument for argument in arguments if argument.split("=", 1)[0] not in ("resume", "hydra.run.dir")]
    place = quoted(directory.absolute())
    return [*kept, *now, f"resume={place}", f"hydra.run.dir={place}"]


def find_run(reference: str, output_root: str | Path) -> Path:
    """Return the run directory that a person means: itself, a checkpoint in it, or "latest".

    Raises:
        UserError: If there is none, or it was not made by training.
    """
    file = find_checkpoints("resume", reference, output_root, names=(LAST,))[0]
    directory = file.parent.parent
    for needed in (directory / CONFIG, directory / OVERRIDES):
        if not needed.is_file():
            raise UserError(f"resume={reference}: {shown(directory)} is no run directory, it lacks {needed.name}")
    return directory


def read_settings(directory: Path) -> dict[str, Any]:
    """Return what `config.yaml` of a run holds.

    Raises:
        UserError: If that is not settings.
    """
    settings = _read(directory, CONFIG)
    if not isinstance(settings, dict):
        raise UserError(f"resume={shown(directory)}: {CONFIG} holds no settings; give a run directory of train.py")
    return settings


def _read(directory: Path, name: str) -> Any:
    path = directory / name
    try:
        if path.stat().st_size > LARGEST:
            raise NotPlainData(f"more than {LARGEST:,} bytes")
        return parse_yaml(path.read_text(encoding="utf-8"))
    except (NotPlainData, UnicodeDecodeError) as error:
        reason = error if isinstance(error, NotPlainData) else "bytes that are no text"
        raise UserError(f"resume={shown(directory)}: {name} holds {reason}; give a run directory of train.py") from None


def check_unchanged(config: Mapping[str, Any], directory: Path) -> None:
    """Refuse to go on with other settings than the run was started with.

    Raises:
        UserError: With the keys that differ, what they were and what they are now.
    """
    before = dict(leaves(read_settings(directory)))
    now = dict(leaves(config))
    differing = [
        f"{key} was {_text(before, key)}, now {_text(now, key)}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key) and not any(fnmatchcase(key, free) for free in FREE)
    ]
    if differing:
        more = f", and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
        raise UserError(
            f"resume={shown(directory)} would not be the same run: {'; '.join(differing[:SHOWN])}{more}; leave these "
            "out, or start a new run"
        )


def _text(config: Mapping[str, Any], key: str) -> str:
    if key not in config:
        return "absent"
    return "null" if config[key] is None else str(config[key])

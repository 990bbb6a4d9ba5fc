"""`resume=`: the same command again, in the same directory, with the settings that the run was started with."""

import shlex
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from digitlab.entry.rules import leaves
from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT, shown
from digitlab.runs.directories import CONFIG, LAST, find_checkpoints, read_result

FREE = (  # what may differ from the run that is resumed: it changes no bit of the weights
    "resume", "paths.*", "checkpoint_every.*", "verbose", "test", "data.download", "data.timeout_seconds",
    "trainer.accelerator", "trainer.enable_*", "trainer.log_every_n_steps", "logger*", "callbacks.progress*",
    "callbacks.model_summary*", "callbacks.learning_rate_monitor*", "callbacks.last_checkpoint*", "callbacks.*.dirpath",
)  # fmt: skip
CHOSEN = ("trainer.precision", "memory_format")  # by a probe, perhaps, which may choose otherwise another time
OURS = ("resume", "hydra.run.dir")  # never taken from an earlier start
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
    directory = find_run(reference.strip("'\""), typed.get("paths.output_root", str(PROJECT_ROOT / "outputs")))
    result = read_result(directory)
    if result is not None and result.get("status") == "ok":
        raise Finished(f"{shown(directory)} is finished, there is nothing to resume; test it again with "
                       f"python src/eval.py {shlex.quote(f'checkpoint={shown(directory)}')}")  # fmt: skip
    first = yaml.safe_load((directory / ".hydra" / "overrides.yaml").read_text(encoding="utf-8"))
    kept = [str(override) for override in first if str(override).split("=", 1)[0] not in (*typed, *OURS)]
    settings = dict(leaves(yaml.safe_load((directory / CONFIG).read_text(encoding="utf-8"))))
    kept += [f"{key}={settings[key]}" for key in CHOSEN if key in settings and key not in typed]
    now = [argument for argument in arguments if argument.split("=", 1)[0] not in OURS]
    place = str(directory.absolute())
    return [*kept, *now, f"resume='{place}'", f"hydra.run.dir='{place}'"]


def find_run(reference: str, output_root: str | Path) -> Path:
    """Return the run directory that a person means: itself, a checkpoint in it, or "latest".

    Raises:
        UserError: If there is none, or it was not made by training.
    """
    file = find_checkpoints("resume", reference, output_root, names=(LAST,))[0]
    directory = file.parent.parent
    for needed in (directory / CONFIG, directory / ".hydra" / "overrides.yaml"):
        if not needed.is_file():
            raise UserError(f"resume={reference}: {shown(directory)} is no run directory, it lacks {needed.name}")
    return directory


def check_unchanged(config: Mapping[str, Any], directory: Path) -> None:
    """Refuse to go on with other settings than the run was started with.

    Raises:
        UserError: With the keys that differ, what they were and what they are now.
    """
    before = dict(leaves(yaml.safe_load((directory / CONFIG).read_text(encoding="utf-8"))))
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

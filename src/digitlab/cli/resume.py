"""`resume=`: a run continues in its directory, by the configuration that it left there.

The file is plain data and passes the same checks as what is typed. What may change without changing the
weights is typed behind it; packages of a person's own are trusted by `trust=`, typed anew.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from digitlab.checkpoints.format import previous
from digitlab.cli.compose import chosen_settings
from digitlab.cli.schema.rules import leaves
from digitlab.cli.typed import Typed
from digitlab.errors import UserError
from digitlab.paths import home, shown
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import BEST, LAST, find_checkpoints, read_result
from digitlab.system.commands import evaluate_command

FREE = (  # what may differ from the run that is resumed: it changes no bit of the weights
    "resume", "trust", "paths.*", "checkpoint_every.*", "verbose", "test", "data.download", "data.timeout_seconds",
    "data.workers", "trainer.accelerator", "trainer.enable_*", "trainer.log_every_n_steps", "trainer.profiler*",
    "logger*",     "callbacks.progress*", "callbacks.model_summary*", "callbacks.learning_rate_monitor*",
    "callbacks.last_checkpoint*", "callbacks.*.dirpath", "fast_loop", "fast_malloc", "doctor",
)  # fmt: skip
EPOCHS = "trainer.max_epochs"  # may grow, where the schedule is not planned for a number of epochs
PLANNED = ("digitlab.schedules.onecycle", "digitlab.schedules.cosine")
WRITING_SECTIONS = ("callbacks.", "logger.", "trainer.")  # sections whose paths are written to
SHOWN = 3  # differences in a refusal


class Finished(Exception):
    """The run that is to be resumed has nothing left to do."""


@contextlib.contextmanager
def of_run(directory: Path) -> Iterator[None]:
    """Say of what is refused within the block that it comes from the configuration of a run.

    Raises:
        UserError: With the run in front of each fault.
    """
    try:
        yield
    except UserError as error:
        name = f"resume={shown(directory)}: "
        lines = str(error).split("\n")
        told = ("resume=", "checkpoint=")
        raise UserError("\n".join(line if line.startswith(told) else name + line for line in lines)) from error


def run_to_resume(typed: Typed) -> Path:
    """Return the run directory that a person means: itself, a checkpoint in it, or "latest".

    Raises:
        UserError: If there is none, or `-m` was typed.
    """
    if typed.multirun:
        raise UserError("resume= continues one run; a sweep is continued by sweep=<its directory>")
    reference = str(typed.value("resume"))
    path = Path(reference).expanduser() if not reference.startswith("~") else Path(reference)
    if (path / "config.yaml").is_file():
        return path.absolute()
    output_root = typed.value("paths.output_root") or home() / "outputs"
    file = find_checkpoints("resume", reference, output_root, names=(LAST,))[0]
    if file.name == Path(BEST).name:
        raise UserError(
            f"resume={reference}: a run continues from its last.ckpt; type resume={shown(file.parent.parent)}, or "
            f"start a new run from these weights with init_from={reference}"
        )
    return file.parent.parent.absolute()


def resumed_settings(directory: Path, typed: Typed) -> dict[str, Any]:
    """Return the settings with which the run in `directory` continues.

    Args:
        directory: A run directory; one whose run was cut off before its first checkpoint begins from the start.
        typed: What is typed now.

    Raises:
        UserError: If its configuration is missing or damaged, or would not be the same run.
        Finished: If it is done.
    """
    before = read_config(directory)
    settings = _moved(before, directory)
    _check_written_paths(settings, directory)
    if "trust" in settings:  # a file is not trusted because it says so
        settings["trust"] = typed.value("trust")
    if typed.value("paths.data_dir") is None and Path(settings["paths"].get("data_dir", "")) != home() / "data":
        _only_read(settings)
    started_with = {**settings}
    for change in typed.overrides:
        if change.key_or_group not in ("resume", "trust", "paths.output_root") and not change.is_hydra_override():
            settings = _changed(settings, change, typed)
    _check_same(started_with, settings, directory)
    _check_finished(started_with, settings, directory)
    files = [path for path in (directory / LAST, previous(directory / LAST)) if os.path.lexists(path)]
    odd = [path for path in files if not path.is_file()]
    if odd:
        raise UserError(f"resume={shown(directory)}: {shown(odd[0])} is no regular file; remove it")
    if "resume" in settings:
        settings["resume"] = str(directory) if files else None
    return settings


def _moved(settings: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Return the settings with the run's directory as it is called now, wherever its old name is found."""
    paths = settings.get("paths")
    if not isinstance(paths, dict) or not isinstance(paths.get("output_dir"), str):
        raise UserError(f"resume={shown(directory)}: its config.yaml names no paths; give a run directory")
    old, new = paths["output_dir"], str(directory)

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [moved(item) for item in value]
        if isinstance(value, str) and (value == old or value.startswith(f"{old}/")):
            return new + value[len(old) :]
        return value

    result: dict[str, Any] = moved(settings)
    result["paths"]["output_root"] = new
    return result


def _only_read(settings: dict[str, Any]) -> None:
    """Fetch nothing into a folder that a file has named: whoever wants that types the folder."""
    if isinstance(settings.get("data"), dict) and "download" in settings["data"]:
        settings["data"] = {**settings["data"], "download": False}


def _check_written_paths(settings: Mapping[str, Any], directory: Path) -> None:
    """Refuse a file's settings that would write elsewhere than into the run's own directory."""
    for key, value in leaves(settings):
        if not key.startswith(WRITING_SECTIONS) or not isinstance(value, str):
            continue
        place = value.partition(":")[2].lstrip("/") if "://" in value else value
        place = f"/{place}" if "://" in value else place
        outside = place.startswith(("/", "~")) and not Path(os.path.normpath(place)).is_relative_to(directory)
        if outside or ".." in Path(place).parts:
            raise UserError(
                f"resume={shown(directory)}: in its config.yaml {key} is {value}, outside of the run; places are "
                f"typed, as {key}=..."
            )


def _changed(settings: dict[str, Any], change: Any, typed: Typed) -> dict[str, Any]:
    """Return the settings with one typed change."""
    key = change.key_or_group
    if change.is_delete() or change.is_sweep_override():
        raise UserError(f"{change.input_line}: behind resume= a setting is given one value, as {key}=...")
    group = chosen_settings("train", key, change.value(), typed.config_dir, settings)
    if group is not None:
        return group
    if OmegaConf.select(OmegaConf.create(settings), key, default=settings) is settings and not change.is_add():
        raise UserError(f"{key} is not a setting of the run that is resumed")
    cfg = OmegaConf.create(settings)
    OmegaConf.update(cfg, key, change.value(), force_add=True)
    updated: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    return updated


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = dict(leaves(before)), dict(leaves(now))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key) and not any(fnmatchcase(key, free) for free in FREE):
            yield key


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], directory: Path) -> None:
    """Refuse to continue with settings that would make it another run."""
    old, new = dict(leaves(before)), dict(leaves(now))
    differing = [key for key in _differences(before, now) if key != EPOCHS]
    if differing:
        texts = [f"{key} was {_text(old, key)}, now {_text(new, key)}" for key in differing[:SHOWN]]
        more = f", and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
        raise UserError(
            f"resume={shown(directory)} would not be the same run: {'; '.join(texts)}{more}; leave these out, or start "
            "a new run"
        )
    target = (now.get("scheduler") or {}).get("_target_")
    if old.get(EPOCHS) != new.get(EPOCHS) and target in PLANNED:
        name = str(target).rpartition(".")[2]
        raise UserError(
            f"{EPOCHS} was {old[EPOCHS]}, now {new[EPOCHS]}: the {name} schedule was planned for the whole run and "
            f"cannot be made longer; start a new run from these weights with init_from={shown(directory)}"
        )


def _check_finished(before: Mapping[str, Any], now: Mapping[str, Any], directory: Path) -> None:
    result = read_result(directory)
    old, new = (dict(leaves(settings)).get(EPOCHS) for settings in (before, now))
    if old != new:
        print(f"{EPOCHS} was {old}, now {new}; the schedule continues as it was", flush=True)
    elif result is not None and result.get("status") == "ok":
        test = evaluate_command(directory, before["paths"])
        raise Finished(
            f"{shown(directory)} is finished, there is nothing to resume; test it with {test}, or train it longer with "
            f"{EPOCHS}=..."
        )


def _text(config: Mapping[str, Any], key: str) -> str:
    if key not in config:
        return "absent"
    return "null" if config[key] is None else str(config[key])

"""`resume=`: a run continues in its directory, by the configuration that it left there.

The file is plain data and passes the same checks as what is typed. What may change without changing the
weights is typed behind it; packages of a person's own are trusted by `trust=`, typed anew.
"""

import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from digitlab.checkpoints.format import previous
from digitlab.cli.compose import compose_command
from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.schema.combinations import PLANNED
from digitlab.cli.schema.rules import leaves, value_faults
from digitlab.cli.typed import Typed
from digitlab.errors import UserError, refuse
from digitlab.paths import home, shown
from digitlab.runs.config_file import read_config
from digitlab.runs.directories import BEST, CONFIG, LAST, expanded, find_checkpoints, read_result
from digitlab.system.commands import evaluate_command
from digitlab.system.ranks import is_first
from digitlab.system.threads import usable_cores

FREE = (  # what may differ from the run that is resumed: it changes no bit of the weights
    "resume", "trust", "paths.*", "checkpoint_every.*", "verbose", "test", "data.download", "data.timeout_seconds",
    "data.kept_in", "data.workers", "trainer.accelerator", "trainer.enable_*", "trainer.log_every_n_steps",
    "trainer.profiler*", "logger*", "callbacks.progress*", "callbacks.model_summary*",
    "callbacks.learning_rate_monitor*", "callbacks.last_checkpoint*", "callbacks.*.dirpath", "fast_loop",
    "fast_malloc", "doctor",
)  # fmt: skip
PICTURES = "digitlab.datamodule.FolderDataModule"
EPOCHS = "trainer.max_epochs"  # may grow, where the schedule is not planned for a number of epochs
# How keys of places end; a relative one is where one stands.
PLACE = re.compile(r"(^|[._])(\w*dir|\w*path|\w*directory|\w*location|folder|root|\w*_root|uri|\w*_uri|file|\w*_file)$")
WRITING_SECTIONS = ("callbacks.", "logger.", "trainer.")  # sections whose paths are written to
DEVICES = "trainer.devices"
MANY = (DEVICES, "data.workers")  # processes and threads that are started for a run
ENOUGH = 8  # of these may be started because a file says so, even on a machine of fewer cores
SHOWN = 3  # differences in a refusal


class Finished(Exception):
    """The run that is to be resumed has nothing left to do."""


def run_to_resume(typed: Typed) -> Path:
    """Return the run directory that a person means: itself, a checkpoint in it, or "latest".

    Raises:
        UserError: If there is none, or `-m` was typed.
    """
    if typed.multirun:
        raise UserError("resume= continues one run; a sweep is continued by sweep=<its directory>")
    reference = str(typed.value("resume"))
    path = expanded("resume", reference)
    if (path / CONFIG).is_file():
        return path.absolute()
    if path.is_file() and path.name not in (Path(LAST).name, Path(BEST).name):
        raise UserError(
            f"resume={reference}: a run continues from its last.ckpt; type its directory, or start a new run from "
            f"these weights with init_from={reference}"
        )
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
    paths = before.get("paths")
    if not isinstance(paths, dict) or not isinstance(paths.get("output_dir"), str):
        raise UserError(f"resume={shown(directory)}: its config.yaml names no paths; give a run directory")
    settings = _moved(before, paths["output_dir"], str(directory))
    settings["paths"]["output_root"] = str(directory)
    _check_written_paths(settings, directory)
    if "trust" in settings:  # a file is not trusted because it says so
        settings["trust"] = typed.value("trust")
    data, own = settings.get("data"), Path(settings["paths"].get("data_dir", "")) != home() / "data"
    for section in (data, settings["paths"]):
        if isinstance(section, dict):
            section.pop("kept_in", None)
    if own and typed.value("paths.data_dir") is None and isinstance(data, dict) and "download" in data:
        data["download"] = False  # nothing is fetched into a folder that only a file has named
    if own and typed.value("paths.data_dir") is None and isinstance(data, dict) and data.get("_target_") == PICTURES:
        settings["paths"]["kept_in"] = str(directory / ".decoded")  # and nothing is decoded into it
    now = _changed(settings, typed)
    _check_same(settings, now, directory)
    if not typed.planned:
        _limit_processes(now, typed, directory)
    files = [path for path in (directory / LAST, previous(directory / LAST)) if os.path.lexists(path)]
    odd = [path for path in files if not path.is_file()]
    if odd:
        raise UserError(f"resume={shown(directory)}: {shown(odd[0])} is no regular file; remove it")
    if "resume" in now:
        now["resume"] = str(directory) if files else None
    return now


def _moved(value: Any, old: str, new: str) -> Any:
    """Return settings with the run's directory as it is called now, wherever its old name is found."""
    if isinstance(value, dict):
        return {key: _moved(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, old, new) for item in value]
    inside = isinstance(value, str) and (value == old or value.startswith(f"{old}/"))
    return new + value[len(old) :] if inside else value


def _check_written_paths(settings: Mapping[str, Any], directory: Path) -> None:
    """Refuse a file's settings that would write elsewhere than into the run's own directory."""
    for key, value in leaves(settings):
        if not key.startswith(WRITING_SECTIONS) or not isinstance(value, str):
            continue
        place = "/" + value.partition("://")[2].lstrip("/") if "://" in value else value
        is_place = place.startswith(("/", "~")) or PLACE.search(key) is not None
        if ".." in Path(place).parts or (is_place and not Path(os.path.normpath(place)).is_relative_to(directory)):
            raise UserError(
                f"resume={shown(directory)}: in its config.yaml {key} is {value}, outside of the run; places are "
                f"typed, as {key}=..."
            )


def _limit_processes(settings: dict[str, Any], typed: Typed, directory: Path) -> None:
    """Start no more processes and threads because a file says so than this machine has use for.

    Raises:
        UserError: For processes, whose number is part of the result.
    """
    most, values = max(ENOUGH, usable_cores()), dict(leaves(settings))
    for key in MANY:
        count = values.get(key)
        if not isinstance(count, int) or count <= most or typed.value(key) is not None or not is_first():
            continue
        told = f"in its config.yaml {key} is {count}, and this machine has {usable_cores()} cores"
        if key == DEVICES:
            raise UserError(f"resume={shown(directory)}: {told}; type {key}={count} if that is meant")
        settings["data"]["workers"] = most
        print(f"{shown(directory)}: {told}; {most} are used, or as many as are typed with {key}=...", flush=True)


def _changed(settings: dict[str, Any], typed: Typed) -> dict[str, Any]:
    """Return the settings of a run as they are after what was typed."""
    changes = typed.changes("trust", "paths.output_root")
    if not changes:
        return {**settings}
    cfg, faults = OmegaConf.create(settings), list[str]()
    files = ConfigFiles("train", [] if typed.config_dir is None else ["--config-dir", typed.config_dir])
    for change in changes:
        key, value = change.key_or_group, change.value()
        if change.is_delete() or change.is_sweep_override():
            faults.append(f"{change.input_line}: behind resume= a setting is given one value, as {key}=...")
        elif key in files.defaults and isinstance(value, str | list):
            _choose(cfg, files, key, value)
        elif OmegaConf.select(cfg, key, default=cfg) is cfg and not change.is_add():
            faults.append(f"{key} is not a setting of the run that is resumed")
        else:
            OmegaConf.update(cfg, key, value, force_add=True)
    changed: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    wrong = tuple(f"{change.key_or_group} must " for change in changes)
    refuse([*faults, *(fault for fault in value_faults(changed) if fault.startswith(wrong))])
    return changed


def _choose(cfg: DictConfig, files: ConfigFiles, group: str, option: str | list[Any]) -> None:
    """Choose another option of a group: take over in which way it differs from what the command has usually."""
    names = option if isinstance(option, str) else f"[{','.join(map(str, option))}]"
    composed = [compose_command(files, given, with_hydra=False) for given in ([], [f"{group}={names}"])]
    usual, chosen = cast(Iterator[dict[str, Any]], map(OmegaConf.to_container, composed))
    section = chosen.get(group)
    if isinstance(section, dict) and section.get("_target_") != (cfg.get(group) or {}).get("_target_", ""):
        cfg[group] = section  # another thing, or a group of several: as a whole
    before = dict(leaves(usual))
    for key, value in leaves(chosen):
        if key not in before or before[key] != value:
            above = key.rpartition(".")[0]
            if above and OmegaConf.select(cfg, above) is None:  # null in the run: as a whole
                key, value = above, OmegaConf.select(composed[1], above)
            OmegaConf.update(cfg, key, value, force_add=True)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the settings that would make it another run, each as it was and as it is now."""

    def text(settings: Mapping[str, Any], key: str) -> str:
        if key not in settings:
            return "absent"
        return "null" if settings[key] is None else str(settings[key])

    old, new = dict(leaves(before)), dict(leaves(now))
    return {
        key: (text(old, key), text(new, key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key) and not any(fnmatchcase(key, free) for free in FREE)
    }


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], directory: Path) -> None:
    """Refuse to continue with settings that would make it another run, or where there is nothing left to do."""
    differing = differences(before, now)
    longer = differing.pop(EPOCHS, None)
    if differing:
        texts = [f"{key} was {old}, now {new}" for key, (old, new) in list(differing.items())[:SHOWN]]
        more = f", and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
        raise UserError(
            f"resume={shown(directory)} would not be the same run: {'; '.join(texts)}{more}; leave these out, or start "
            "a new run"
        )
    if longer is not None:
        target, change = str((now.get("scheduler") or {}).get("_target_")), f"{EPOCHS} was {longer[0]}, now {longer[1]}"
        if target in PLANNED:
            raise UserError(
                f"{change}: the {target.rpartition('.')[2]} schedule was planned for the whole run and cannot be made "
                f"longer; start a new run from these weights with init_from={shown(directory)}"
            )
        print(f"{change}; the schedule continues as it was", flush=True)
    elif (read_result(directory) or {}).get("status") == "ok":
        test = evaluate_command(directory, before["paths"])
        raise Finished(
            f"{shown(directory)} is finished, there is nothing to resume; test it with {test}, or train it longer with "
            f"{EPOCHS}=..."
        )

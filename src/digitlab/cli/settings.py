"""From Hydra's composed configuration to the settings of a run: plain, resolved, complete, with absolute paths."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from digitlab.cli.checks.paths import check_paths
from digitlab.cli.config_files import ConfigFiles
from digitlab.cli.hints import key_hint
from digitlab.errors import UserError, refuse
from digitlab.runs.directories import find_checkpoints
from digitlab.system.command_line import typed_arguments

OPTIONAL = ("scheduler", "augment", "loss")  # sections that can be chosen to be nothing
OUTPUT_DIR = "${hydra:runtime.output_dir}"


def settle(config: DictConfig, directory: Path, *, in_sweep: bool = False) -> dict[str, Any]:
    """Return a composed configuration as the task gets it.

    Args:
        config: With or without Hydra's own section.
        directory: The run directory, which Hydra names when it makes it.
        in_sweep: Whether it is a job of a sweep, which introduces itself in a line.

    Raises:
        UserError: If a value is missing, or the run directory is not Hydra's to name.
    """
    cfg = config.copy()
    with open_dict(cfg):
        cfg.pop("hydra", None)
        written: Any = OmegaConf.to_container(cfg.paths, resolve=False)
        if written.get("output_dir") != OUTPUT_DIR:
            raise UserError(
                f"paths.output_dir must be left out, got {written.get('output_dir')}: each run makes a folder of its "
                "own; paths.output_root says where"
            )
        cfg.paths.output_dir = str(directory)
        if in_sweep:
            cfg.verbose = False
    if "hydra" in config and "trainer" in cfg:  # an experiment with NumPy nets knows its settings itself
        files = ConfigFiles(config.hydra.callbacks.preflight.command, typed_arguments())
        check_read(config.hydra.overrides.task, cfg, files)
    refuse(f"{key} is required: give it as {key}=..." for key in sorted(OmegaConf.missing_keys(cfg)))
    # First, since values may be worked out from what lies there (the names of class folders).
    places: Any = OmegaConf.to_container(cfg.paths, resolve=True)
    check_paths({name: place for name, place in places.items() if isinstance(place, str)})
    settings: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    # So that a run can be resumed from another folder.
    settings["paths"] = {
        name: os.path.abspath(place) if isinstance(place, str) and place else place
        for name, place in settings["paths"].items()
    }
    overrides = [override.lstrip("+") for override in config.hydra.overrides.task] if "hydra" in config else []
    for section in OPTIONAL:
        if isinstance(settings.get(section), dict) and "_target_" not in settings[section]:
            _tell_what_is_left_out(section, settings[section], overrides)
            settings[section] = None
    if settings.get("init_from") and isinstance(settings["init_from"], str):
        settings["init_from"] = _located(settings["init_from"], settings["paths"]["output_root"])
    if "trainer" in settings:
        settings["trainer"] = _with_one_limit(settings["trainer"])
    return settings


def check_read(overrides: Sequence[str], config: DictConfig, files: ConfigFiles) -> None:
    """Refuse keys that were added with a plus and that nothing reads: they would be accepted and ignored.

    A group's keys are arguments of what it configures, which looks at them itself. Others must stand in a file of the
    command, or in an interpolation.

    Raises:
        UserError: With a line for each.
    """
    added = {override: override.lstrip("+").partition("=")[0] for override in overrides if override.startswith("+")}
    if added:
        known, groups = files.known(), ("hydra", *files.defaults)
        written = OmegaConf.to_yaml(config)  # interpolations as they were written
        refuse(
            f"{override}: nothing reads {key}{key_hint(key, files)}"
            for override, key in added.items()
            if key not in known and key.partition(".")[0] not in groups and f"${{{key}" not in written
        )


def _tell_what_is_left_out(section: str, settings: dict[str, Any], overrides: Sequence[str]) -> None:
    """Say what has no effect of what an experiment sets of an option, where a person has chosen none instead.

    Raises:
        UserError: For settings that are typed, or for which nothing was chosen at all.
    """
    typed = [override for override in overrides if override.startswith(f"{section}.")]
    refuse(
        f"{override}: {section}=none has no settings; leave it out, or choose one of {section}" for override in typed
    )
    keys = ", ".join(f"{section}.{key}" for key in settings)
    if not {f"{section}=none", f"{section}=null"} & {*overrides}:
        raise UserError(f"{keys}: there is no {section} that has such settings; choose one with {section}=...")
    print(f"{section}=none; {keys} of the experiment has no effect", flush=True)


def _located(reference: str, output_root: str) -> str:
    """Return where the weights to begin with lie: for all jobs of a sweep the same ones, and for a run that is resumed.

    What does not exist stays as it was typed, to be refused in these words.
    """
    if reference == "latest" and not os.path.exists(reference):
        return str(find_checkpoints("init_from", reference, output_root)[0].absolute().parent.parent)
    path = os.path.abspath(os.path.expanduser(reference))
    return path if os.path.exists(path) else reference


def _with_one_limit(trainer: dict[str, Any]) -> dict[str, Any]:
    """Let `max_steps` alone decide if it is given: beside `max_epochs` a resumed run would end an epoch early."""
    steps, epochs = trainer.get("max_steps", -1), trainer.get("max_epochs")
    if steps in (-1, None) or epochs in (-1, None):
        return trainer
    print(f"trainer.max_steps={steps} says how long it trains; trainer.max_epochs={epochs} does not count", flush=True)
    return {**trainer, "max_epochs": -1}

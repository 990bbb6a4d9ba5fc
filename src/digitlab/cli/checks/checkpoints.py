"""Whether a checkpoint is one that the command can use, told from its outline."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from digitlab.checkpoints.header import first_readable, read_header
from digitlab.cli.checks.signatures import find
from digitlab.cli.checks.targets import check_targets
from digitlab.cli.resume import FREE
from digitlab.cli.schema.rules import check_values, leaves
from digitlab.data.catalogue import IDX, IMAGE_FOLDER
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import LAST, find_checkpoints
from digitlab.system.plain_data import NotPlainData, plain

MODULE = "digitlab.module.DigitModule"
DATA = "digitlab.datamodule.DigitDataModule"
OWN_DATA = {IDX: "digitlab.datamodule.IdxDataModule", IMAGE_FOLDER: "digitlab.datamodule.FolderDataModule"}


def check_tested(config: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse a checkpoint that `eval` cannot test on the data that is asked for, and return the data it was made for.

    Raises:
        UserError: If it is damaged, foreign, hostile or of a newer version, or made for other classes.
    """
    paths = find_checkpoints("checkpoint", config["checkpoint"], config["paths"]["output_root"])
    path, content, _ = first_readable(paths, read_header)
    trained_on: dict[str, Any] = parameters_of(content, path)["data"]
    asked = config.get("data")
    if asked is not None and asked["num_classes"] != trained_on["num_classes"]:
        raise UserError(
            f"checkpoint={config['checkpoint']} knows {trained_on['num_classes']} classes ({trained_on['dataset']}), "
            f"and data.dataset={asked['dataset']} has {asked['num_classes']}"
        )
    names, asked_names = trained_on.get("classes"), (asked or {}).get("classes")
    if names and asked_names and names != asked_names:
        raise UserError(
            f"checkpoint={config['checkpoint']} knows the classes {', '.join(names)}, and data.folder="
            f"{config['data']['folder']} has {', '.join(asked_names)}; give the first, in their order, as "
            "data.classes=[...]"
        )
    return trained_on


def check_resumed(config: Mapping[str, Any]) -> None:
    """Refuse to go on from a checkpoint that is none, or of another model than the run directory says.

    Raises:
        UserError: With the first difference.
    """
    paths = find_checkpoints("resume", config["resume"], config["paths"]["output_root"], names=(LAST,))
    path, content, _ = first_readable(paths, read_header)
    parameters = parameters_of(content, path)
    sections = {name: config.get(name) for name in parameters}
    there, here = dict(leaves(parameters)), dict(leaves(sections))
    here.pop("data._target_", None)
    for key in sorted(there.keys() | here.keys()):
        if there.get(key) != here.get(key) and not any(fnmatchcase(key, free) for free in FREE):
            raise UserError(
                f"resume={config['resume']}: its {path.name} is of another run: {key} was {there.get(key)} there, and "
                f"is {here.get(key)} in its config.yaml"
            )


def parameters_of(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the settings in a checkpoint from which its model is made.

    Raises:
        UserError: If they are not settings of ours.
    """
    foreign = f"checkpoint={shown(path)} was not written by digitlab"
    try:
        parameters = plain(content["hyper_parameters"])
    except NotPlainData as error:
        raise UserError(f"{foreign}: among its settings it holds {error}") from None
    if not isinstance(parameters, dict):
        raise UserError(f"{foreign}: its settings have no names")
    for name in ("model", "data"):
        if not isinstance(parameters.get(name), dict):
            raise UserError(f"{foreign}: it says nothing of its {name}")
    module = find(MODULE)
    unknown = [name for name in parameters if module is not None and name not in (module.arguments or parameters)]
    if unknown:
        raise UserError(f"{foreign}: its settings have {unknown[0]}, which no model here has")
    for name in ("dataset", "num_classes", "mean", "std"):
        if name not in parameters["data"]:
            raise UserError(f"{foreign}: data.{name} is missing")
    for name in ("model", "optimizer", "scheduler", "augment"):
        section = parameters.get(name)
        if section is not None and not (isinstance(section, dict) and "_target_" in section):
            raise UserError(f"{foreign}: {name}._target_ is missing")
    kind = OWN_DATA.get(str(parameters["data"]["dataset"]), DATA)
    check_targets({**parameters, "data": {**parameters["data"], "_target_": kind}}, of=f"checkpoint={shown(path)}: ")
    try:
        check_values({name: value for name, value in parameters.items() if value is not None})
    except UserError as error:
        raise UserError(f"checkpoint={shown(path)}: {error}") from None
    return parameters

"""Whether a checkpoint is one that the command can use, told from its header."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitlab.checkpoints.format import SECTIONS
from digitlab.checkpoints.header import first_readable, read_header
from digitlab.checkpoints.resumable import read_resumable
from digitlab.cli.resume import differences
from digitlab.cli.schema.rules import check_values, leaves
from digitlab.data.catalogue import IDX, IMAGE_FOLDER
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.runs.directories import LAST, find_checkpoints
from digitlab.safe_instantiate import check_allowed
from digitlab.system.plain_data import NotPlainData, plain

CATALOGUED = "digitlab.datamodule.DigitDataModule"
OWN_DATA = {IDX: "digitlab.datamodule.IdxDataModule", IMAGE_FOLDER: "digitlab.datamodule.FolderDataModule"}
OURS = ("model", "data", "optimizer", "scheduler", "augment", "label_smoothing", "loss", "metrics", "finetuning")


def check_tested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse a checkpoint that `eval` cannot test on the data that is asked for, and return that data.

    Raises:
        UserError: If it is damaged, foreign, hostile or of a newer version, or made for other classes.
    """
    paths = find_checkpoints("checkpoint", settings["checkpoint"], settings["paths"]["output_root"])
    path, content, _ = first_readable(paths, read_header)
    trained_on: dict[str, Any] = sections_of(content, path)["data"]
    asked = settings.get("data")
    if asked is None:
        return trained_on
    known, wanted = trained_on.get("num_classes"), asked.get("num_classes")
    if None not in (known, wanted) and known != wanted:
        chosen = trained_on.get("classes") or []
        labels = [str(label) for label in chosen if isinstance(label, int)]
        remedy = f"; type data.classes=[{','.join(labels)}]" if labels and asked.get("classes", 0) is None else ""
        raise UserError(
            f"checkpoint={settings['checkpoint']} knows {known} classes ({trained_on.get('dataset')}), and "
            f"data.dataset={asked.get('dataset')} has {wanted}{remedy}"
        )
    names, asked_names = ([str(name) for name in data.get("classes") or ()] for data in (trained_on, asked))
    if names and asked_names and names != asked_names:
        where = f"data.folder={asked['folder']}" if "folder" in asked else f"data.dataset={asked.get('dataset')}"
        raise UserError(
            f"checkpoint={settings['checkpoint']} knows the classes {', '.join(names)}, and {where} has "
            f"{', '.join(asked_names)}; give the first, in their order, as data.classes=[...]"
        )
    return dict(asked)


def check_resumed(settings: Mapping[str, Any]) -> None:
    """Refuse to resume from a checkpoint that is none, or of another model than the run directory says.

    Raises:
        UserError: With the first difference.
    """
    paths = find_checkpoints("resume", settings["resume"], settings["paths"]["output_root"], names=(LAST,))
    path, content, _ = first_readable(paths, read_resumable)
    there = sections_of(content, path)
    there.pop("finetuning", None)  # which a callback makes of its settings, and compares
    differing = differences(there, {name: settings.get(name) for name in there})
    if "_target_" not in there["data"]:  # checkpoints of earlier versions do not name it
        differing.pop("data._target_", None)
    for key, (before, now) in differing.items():
        raise UserError(
            f"resume={shown(settings['resume'])}: its {path.name} is of another run: {key} was {before} there, and is "
            f"{now} in its config.yaml"
        )


def sections_of(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the sections in a checkpoint from which its model and its data are made.

    Raises:
        UserError: If they are not settings of ours.
    """
    foreign = f"checkpoint={shown(path)} was not written by digitlab"
    try:
        sections = plain(content.get(SECTIONS, content["hyper_parameters"]))
    except NotPlainData as error:
        raise UserError(f"{foreign}: among its settings it holds {error}") from None
    if not isinstance(sections, dict):
        raise UserError(f"{foreign}: its settings have no names")
    unknown = [name for name in sections if name not in OURS]
    if unknown:
        raise UserError(f"{foreign}: its settings have {unknown[0]}, which no model here has")
    there = dict(leaves(sections))
    given = [name for name in ("optimizer", "scheduler", "augment") if sections.get(name) is not None]
    needed = [f"{name}._target_" for name in ("model", *given)]
    if "data._target_" not in there:  # checkpoints of earlier versions do not name it
        needed += [f"data.{name}" for name in ("dataset", "num_classes", "mean", "std")]
    missing = [key for key in needed if key not in there]
    if missing:
        raise UserError(f"{foreign}: {missing[0]} is missing")
    data = {"_target_": OWN_DATA.get(str(there.get("data.dataset")), CATALOGUED), **sections["data"]}
    try:
        check_allowed({**sections, "data": data})
        check_values({name: value for name, value in sections.items() if value is not None})
    except UserError as error:
        raise UserError(f"checkpoint={shown(path)}: {error}") from None
    return sections

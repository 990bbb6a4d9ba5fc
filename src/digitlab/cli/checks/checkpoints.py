"""Whether a checkpoint is one that the command can use, told from its header."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from digitlab.checkpoints.format import SECTIONS
from digitlab.checkpoints.header import first_readable, read_header
from digitlab.checkpoints.resumable import read_resumable
from digitlab.cli.resume import FREE
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


def check_weights(settings: Mapping[str, Any]) -> None:
    """Refuse a checkpoint from whose weights no run can start.

    Raises:
        UserError: If it is damaged, foreign or hostile.
    """
    first_readable(find_checkpoints("init_from", settings["init_from"], settings["paths"]["output_root"]), read_header)


def check_resumed(settings: Mapping[str, Any]) -> None:
    """Refuse to resume from a checkpoint that is none, or of another model than the run directory says.

    Raises:
        UserError: With the first difference.
    """
    paths = find_checkpoints("resume", settings["resume"], settings["paths"]["output_root"], names=(LAST,))
    path, content, _ = first_readable(paths, read_resumable)
    there = sections_of(content, path)
    there.pop("finetuning", None)  # which a callback makes of its settings, and compares
    here = {name: settings.get(name) for name in there}
    before, now = dict(leaves(there)), dict(leaves(here))
    if "data._target_" not in before:  # checkpoints of earlier versions do not name it
        now.pop("data._target_", None)
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key) and not any(fnmatchcase(key, free) for free in FREE):
            raise UserError(
                f"resume={shown(settings['resume'])}: its {path.name} is of another run: {key} was {before.get(key)} "
                f"there, and is {now.get(key)} in its config.yaml"
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
    for name in ("model", "data"):
        if not isinstance(sections.get(name), dict):
            raise UserError(f"{foreign}: it says nothing of its {name}")
    for name in ("model", "optimizer", "scheduler", "augment"):
        section = sections.get(name)
        if section is not None and not (isinstance(section, dict) and "_target_" in section):
            raise UserError(f"{foreign}: {name}._target_ is missing")
    data = sections["data"]
    if "_target_" not in data:
        for name in ("dataset", "num_classes", "mean", "std"):
            if name not in data:
                raise UserError(f"{foreign}: data.{name} is missing")
        data = {**data, "_target_": OWN_DATA.get(str(data["dataset"]), CATALOGUED)}
    try:
        check_allowed({**sections, "data": data})
        check_values({name: value for name, value in sections.items() if value is not None})
    except UserError as error:
        raise UserError(f"checkpoint={shown(path)}: {error}") from None
    return sections

"""Read checkpoints: without running any code from them, and with one clear line if they are not ours."""

import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from digitlab.arithmetic import PLAIN_FORMAT
from digitlab.datamodule import ImageDataModule, kind_of
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.paths import shown

KEYS = ("state_dict", "hyper_parameters", "epoch", "global_step")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return the contents of a digitlab checkpoint, its tensors on the CPU.

    Raises:
        UserError: If it is damaged, holds more than plain data and tensors, or was not written by digitlab.
    """
    path.open("rb").close()  # a file that may not be read is not damaged: the OSError says so
    check_archive(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # what bytes that are no checkpoint make of the reader cannot be foreseen
        # torch's own text invites the reader to load the file with weights_only=False: the one wrong answer.
        raise UserError(
            f"checkpoint={shown(path)} cannot be read: it is damaged, or not a checkpoint, or holds objects that "
            "could run code"
        ) from None
    if not isinstance(content, dict) or not all(key in content for key in KEYS):
        raise UserError(f"checkpoint={shown(path)} was not written by digitlab: it lacks {', '.join(KEYS)}")
    return content


def check_archive(path: Path) -> None:
    """Refuse a file of which any byte has changed since it was written; torch itself would not notice most of them.

    Raises:
        UserError: With the part that fails its checksum.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError, struct.error):
        raise UserError(f"checkpoint={shown(path)} cannot be read: it is damaged, or not a checkpoint") from None
    if damaged is not None:
        raise UserError(f"checkpoint={shown(path)} is damaged: {damaged} fails its checksum")


def read_first_sound(paths: Sequence[Path]) -> tuple[Path, dict[str, Any]]:
    """Return the first checkpoint that can be read, with its contents, and say which were passed over and why.

    Raises:
        UserError: If none can; in the words of the first.
    """
    refusals: list[UserError] = []
    for path in paths:
        try:
            content = read_checkpoint(path)
        except UserError as error:
            refusals.append(error)
            continue
        for refusal in refusals:
            print(f"{refusal}; {shown(path)} is taken instead", flush=True)
        return path, content
    raise refusals[0]


def restore_module(content: dict[str, Any], path: Path) -> DigitModule:
    """Return the module in `content`, which `read_checkpoint(path)` gave, in eval mode on the CPU.

    Raises:
        UserError: If it does not describe a model on the allow-list, or its weights do not fit that model.
    """
    try:
        module = DigitModule(**content["hyper_parameters"])
        module.load_state_dict(content["state_dict"])
        module.lay_out(content.get("memory_format", PLAIN_FORMAT))
    except UserError:
        raise
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise UserError(f"checkpoint={shown(path)} was not written by digitlab: {error!r}") from error
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise UserError(f"checkpoint={shown(path)}: its weights do not fit its model: {reason}") from None
    return module.eval()


def restore_datamodule(module: DigitModule, data_dir: str | Path) -> ImageDataModule:
    """Return the data that `module` was trained on, to be found in `data_dir`.

    Raises:
        UserError: If its checkpoint does not describe data of ours.
    """
    data = module.hparams["data"]
    try:
        return kind_of(data["dataset"])(**data, data_dir=data_dir)
    except (TypeError, KeyError) as error:
        raise UserError(f"the checkpoint was not written by digitlab: {error}") from error

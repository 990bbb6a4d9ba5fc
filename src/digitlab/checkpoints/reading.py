"""Read checkpoints: without running any code from them, and with one clear line if they are not ours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from digitlab.checkpoints.building import build_without_memory
from digitlab.checkpoints.header import first_readable, read_open_header
from digitlab.datamodule import ImageDataModule, kind_of
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.nets.layout import CONTIGUOUS
from digitlab.paths import shown
from digitlab.system.plain_data import NotPlainData
from digitlab.system.regular_files import open_regular


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return the contents of a digitlab checkpoint, its tensors on the CPU.

    Raises:
        UserError: If it is damaged, holds more than plain data and tensors, or was not written by digitlab.
    """
    name = f"checkpoint={shown(path)}"
    with open_regular(path) as file:
        read_open_header(file, name)  # stricter than torch, and better at words
        file.seek(0)
        try:
            content: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
        except Exception:  # what bytes that are no checkpoint make of the reader cannot be foreseen
            # torch's own text invites the reader to load the file with weights_only=False: the one wrong answer.
            raise UserError(
                f"{name} cannot be read: it is damaged, or not a checkpoint, or holds objects that could run code"
            ) from None
    return content


def read_first_readable(paths: Sequence[Path]) -> tuple[Path, dict[str, Any]]:
    """Return the first checkpoint that can be read, with its contents, and say which were passed over and why.

    Raises:
        UserError: If none can; in the words of the first.
    """
    path, content, refusals = first_readable(paths, read_checkpoint)
    for refusal in refusals:
        print(f"{refusal}; {shown(path)} is taken instead", flush=True)
    return path, content


def restore_module(content: dict[str, Any], path: Path) -> DigitModule:
    """Return the module in `content`, which `read_checkpoint(path)` gave, in eval mode on the CPU.

    Raises:
        UserError: If it does not describe a model on the allow-list, or its weights do not fit that model.
    """
    foreign = f"checkpoint={shown(path)} was not written by digitlab"
    try:
        build_without_memory(content)
        module = DigitModule(**content["hyper_parameters"])
        module.load_state_dict(content["state_dict"])
        module.lay_out(content.get("memory_format", CONTIGUOUS))
    except UserError:
        raise
    except NotPlainData as error:
        raise UserError(f"{foreign}: among its settings it holds {error}") from None
    except (TypeError, KeyError, AttributeError, IndexError, ValueError, ArithmeticError) as error:
        raise UserError(f"{foreign}: {error!r}") from error
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

"""Read checkpoints: without running any code from them, and with one clear line if they are not ours."""

from pathlib import Path
from typing import Any

import torch

from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.paths import shown

KEYS = ("state_dict", "hyper_parameters", "epoch", "global_step")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return the contents of a digitlab checkpoint, its tensors on the CPU.

    Raises:
        UserError: If it is damaged, holds more than plain data and tensors, or was not written by digitlab.
    """
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
    parameters = content["hyper_parameters"]
    if not isinstance(parameters, dict) or not {"model", "data"} <= parameters.keys():
        raise UserError(f"checkpoint={shown(path)} was not written by digitlab: it does not say which model it holds")
    return content


def restore_module(content: dict[str, Any], path: Path) -> DigitModule:
    """Return the module in `content`, which `read_checkpoint(path)` gave, in eval mode on the CPU.

    Raises:
        UserError: If its model is not on the allow-list or its weights do not fit it.
    """
    module = DigitModule(**content["hyper_parameters"])
    try:
        module.load_state_dict(content["state_dict"])
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise UserError(f"checkpoint={shown(path)}: its weights do not fit its model: {reason}") from None
    return module.eval()

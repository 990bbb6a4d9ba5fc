"""Read checkpoints: without running any code from them, and with one clear line if they are not ours."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning import LightningDataModule, LightningModule

from digitlab.checkpoints.building import bounded_building, build_without_memory, check_fit
from digitlab.checkpoints.format import SECTIONS
from digitlab.checkpoints.header import first_readable, read_open_header
from digitlab.datamodule import kind_of
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.nets.layout import CONTIGUOUS
from digitlab.paths import shown
from digitlab.safe_instantiate import DATA, NETS, is_ours, locate, safe_instantiate
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


def restore_module(content: dict[str, Any], path: Path) -> LightningModule:
    """Return the module in `content`, which `read_checkpoint(path)` gave, in eval mode on the CPU.

    Raises:
        UserError: If it does not describe a model on the allow-list, or its weights do not fit that model.
    """
    foreign = f"checkpoint={shown(path)} was not written by digitlab"
    try:
        module = _new_module(content)
        load_weights(module, content, path)
        if isinstance(module, DigitModule):
            module.lay_out(content.get("memory_format", CONTIGUOUS))
    except UserError:
        raise
    except NotPlainData as error:
        raise UserError(f"{foreign}: among its settings it holds {error}") from None
    except RuntimeError as error:
        raise _do_not_fit(error, path) from None
    except (TypeError, KeyError, AttributeError, IndexError, ValueError, ArithmeticError) as error:
        raise UserError(f"{foreign}: {error!r}") from error
    return module.eval()


def _new_module(content: dict[str, Any]) -> LightningModule:
    if SECTIONS not in content:
        build_without_memory(content)
        return DigitModule(**content["hyper_parameters"])
    with bounded_building():
        module: LightningModule = safe_instantiate(content[SECTIONS]["model"], allowed=NETS)
    return module


def load_weights(module: LightningModule, content: dict[str, Any], path: Path) -> None:
    """Give the weights in `content` to `module`.

    Raises:
        UserError: If they do not fit.
    """
    try:
        check_fit(module, content)
        module.load_state_dict(content["state_dict"])
    except RuntimeError as error:
        raise _do_not_fit(error, path) from None


def load_features(module: DigitModule, content: dict[str, Any], path: Path, head: str) -> None:
    """Give the weights in `content` to `module`, whose head stays as it is: new.

    Args:
        module: The new one, of as many classes as it likes.
        content: Of the checkpoint.
        path: The file, for the refusal.
        head: Name of the layer of its network that gives the logits.

    Raises:
        UserError: If the rest does not fit.
    """
    own = f"net.{head}." if head else "net."
    trained = {name: value for name, value in content["state_dict"].items() if not name.startswith(own)}
    new = {name: value for name, value in module.state_dict().items() if name.startswith(own)}
    try:
        check_fit(module, {"state_dict": trained | new})
    except RuntimeError as error:
        raise UserError(
            f"init_from={shown(path)}: its weights do not fit model={type(module.net).__name__}: {error}; choose the "
            "network that was trained, with its settings"
        ) from None
    module.load_state_dict(trained | new)


def _do_not_fit(error: RuntimeError, path: Path) -> UserError:
    reason = str(error).splitlines()[-1].strip()
    return UserError(f"checkpoint={shown(path)}: its weights do not fit its model: {reason}")


def restore_datamodule(content: dict[str, Any], data_dir: str | Path) -> LightningDataModule:
    """Return the data that a checkpoint's module was trained on, to be found in `data_dir`.

    Raises:
        UserError: If it does not describe data on the allow-list.
    """
    data = content.get(SECTIONS, content["hyper_parameters"])["data"]
    if "_target_" not in data:  # a checkpoint of an earlier version
        data = {**data, "_target_": f"digitlab.datamodule.{kind_of(data['dataset']).__name__}"}
    accepted = inspect.signature(locate(data["_target_"], DATA, "data")).parameters
    if is_ours("data", data):  # where to write, and by how many threads, is no file's to say
        data = {name: value for name, value in data.items() if name not in ("kept_in", "workers")}
    place = {"data_dir": data_dir} if "data_dir" in accepted else {}
    datamodule: LightningDataModule = safe_instantiate(data, allowed=DATA, **place)
    return datamodule

"""Whether a checkpoint holds all that a resumed run takes up, and of the kinds that it must have; without torch.

Lightning restores what it finds, and what is missing or of another kind is a traceback there, or a run that begins
anew without a word. So the parts are held to what Lightning 2.6 writes before any of them is taken up. What depends on
the network and the optimizer is tried out in `checkpoints.restoring`.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from digitlab.checkpoints.header import read_header
from digitlab.errors import UserError
from digitlab.paths import shown


def _are_numbers(value: Any) -> bool:
    """Return whether lists and dictionaries hold numbers and nothing else; how deep they may lie, the header bounds."""
    if isinstance(value, list | dict):
        return all(map(_are_numbers, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | float)


class Kind(NamedTuple):
    """What a value must be: in words, and as a question."""

    words: str
    holds: Callable[[Any], bool]


def _are_sums(value: Any) -> bool:
    """Return whether a value holds the sums of an epoch: rows of three, or once by name, of one process only."""
    rows = [[*value.values()]] if isinstance(value, dict) else value
    return isinstance(rows, list) and all(isinstance(row, list) and len(row) == 3 and _are_numbers(row) for row in rows)


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "shape")  # of torch, or what stands for one


COUNT = Kind("a whole number from 0", lambda value: type(value) is int and 0 <= value < 2**53)
NUMBER = Kind("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool))
NUMBER_OR_NONE = Kind("a number or nothing", lambda value: value is None or NUMBER.holds(value))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
MEMORY_FORMAT = Kind(
    "contiguous or channels_last", lambda v: isinstance(v, str) and v in ("contiguous", "channels_last")
)
RELEASE = r"[2-9]\.\d{1,4}\.\d{1,4}((\.|rc|a|b|\.?dev|\.?post)\d{0,8})?(\+\w{1,40})?"
VERSION = Kind("a version of Lightning from 2.0", lambda v: isinstance(v, str) and bool(re.fullmatch(RELEASE, v)))
SUMS = Kind("three numbers for each process", _are_sums)
TENSOR = Kind("a tensor", _is_tensor)
SCALAR = Kind("a tensor of one number", lambda value: _is_tensor(value) and all(side == 1 for side in value.shape))
RATE = Kind("a number", lambda value: NUMBER.holds(value) or SCALAR.holds(value))

# A key that ends in "?" may be missing, "*" stands for all others, a list of one for each of a list.
TRACKER = {"ready": COUNT, "completed": COUNT, "*": COUNT}
PROGRESS = {"total": TRACKER, "current": TRACKER, "*": FLAG}
BATCHES = {**PROGRESS, "is_last_batch": FLAG}
FIT_LOOP = {
    "state_dict": {"combined_loader?": [{"epoch?": COUNT, "batches?": COUNT}]},
    "epoch_loop.state_dict": {"_batches_that_stepped": COUNT},
    "epoch_loop.batch_progress": BATCHES,
    "epoch_loop.scheduler_progress": PROGRESS,
    "epoch_loop.automatic_optimization.state_dict": {},
    "epoch_loop.automatic_optimization.optim_progress": {"optimizer": {"step": PROGRESS, "zero_grad": PROGRESS}},
    "epoch_loop.manual_optimization.state_dict": {},
    "epoch_loop.manual_optimization.optim_step_progress": PROGRESS,
    "epoch_loop.val_loop.state_dict": {},
    "epoch_loop.val_loop.batch_progress": BATCHES,
    "epoch_progress": PROGRESS,
}
OPTIMIZER = {"state": {"*": {}}, "param_groups": [{"params": [COUNT], "lr?": RATE}]}
CONTENT = {
    "epoch": COUNT,
    "global_step": COUNT,
    "pytorch-lightning_version": VERSION,
    "state_dict": {"*": TENSOR},
    "hyper_parameters": {},
    "loops": {"fit_loop": FIT_LOOP},
    "callbacks": {"*": {}},
    "optimizer_states": [OPTIMIZER],
    "lr_schedulers": [{}],
    "metrics?": {"*": NUMBER},
    "sums?": SUMS,
    "stopped?": FLAG,
    "memory_format?": MEMORY_FORMAT,
    "trained_weights?": {"*": TENSOR},
    "MixedPrecision?": {"*": NUMBER},
}
TABLE = {"rows": [{"epoch": COUNT, "*": NUMBER}], "epoch": {"*": NUMBER}}
CALLBACKS = {  # by how their names begin; of others only that they are dictionaries
    "CsvLogger": TABLE,
    "BestCheckpoint": {"best": NUMBER_OR_NONE},
    "Doctor": {"start": NUMBER_OR_NONE, "norms": [NUMBER], "train": [NUMBER], "val": [NUMBER], "highest": NUMBER},
    "EarlyStopping": {"wait_count": COUNT, "stopped_epoch": COUNT, "best_score": SCALAR, "patience": COUNT},
}
DATA = {"epoch?": COUNT, "batches?": COUNT}  # of a datamodule of ours, under the name of its class
DATA_MODULES = ("DigitDataModule", "IdxDataModule", "FolderDataModule")


def read_resumable(path: Path) -> dict[str, Any]:
    """Return the header of a checkpoint that a run can be resumed from.

    Raises:
        UserError: If it is none, or not whole.
    """
    content = read_header(path)
    check_resumable(content, path)
    return content


def check_resumable(content: Mapping[str, Any], path: Path) -> None:
    """Refuse a checkpoint that lacks a part that a resumed run takes up, or holds another kind of thing there.

    Args:
        content: Of the file, with tensors or with what stands for them.
        path: The file, for the refusal.

    Raises:
        UserError: With the first such part.
    """
    refusal = _differs(content, CONTENT, "")
    for name, state in content["callbacks"].items() if refusal is None else ():
        kind = next((kind for start, kind in CALLBACKS.items() if str(name).startswith(start)), {})
        refusal = refusal or _differs(state, kind, f"callbacks.{name}")
    for name in DATA_MODULES:
        refusal = refusal or _differs(content.get(name, {}), DATA, name)
    refusal = (
        refusal
        or _epochs_differ(content)
        or _parameters_differ(content["optimizer_states"])
        or _weights_differ(content)
    )
    if refusal:
        raise UserError(f"checkpoint={shown(path)} cannot be resumed: {refusal}; give another, or start a new run")


def _differs(value: Any, kind: Any, name: str) -> str | None:
    """Return the first way in which a value is not of its kind, or `None`."""
    if isinstance(kind, Kind):
        return None if kind.holds(value) else f"{_shown(name)} must be {kind.words}, and is {_shown(value)}"
    if isinstance(kind, list):
        if not isinstance(value, list | tuple):
            return f"{_shown(name)} must be a list, and is {_shown(value)}"
        found = (_differs(item, kind[0], f"{name}.{number}") for number, item in enumerate(value))
        return next((refusal for refusal in found if refusal), None)
    if not isinstance(value, Mapping):
        return f"{_shown(name)} must be a dictionary, and is {_shown(value)}"
    known = {key.rstrip("?"): below for key, below in kind.items() if key != "*"}
    missing = next((key for key in kind if key not in value and not key.endswith(("?", "*"))), None)
    if missing is not None:
        return f"{_shown(f'{name}.{missing}'.lstrip('.'))} is missing"
    for key, item in value.items():
        below = known.get(key, kind.get("*"))
        refusal = None if below is None else _differs(item, below, f"{name}.{key}".lstrip("."))
        if refusal:
            return refusal
    return None


def _epochs_differ(content: Mapping[str, Any]) -> str | None:
    """Return whether the loop and the checkpoint are of different epochs."""
    current = content["loops"]["fit_loop"]["epoch_progress"]["current"]
    if not 0 <= current["ready"] - content["epoch"] <= 1:
        return f"loops.fit_loop.epoch_progress.current.ready is {current['ready']}, and epoch {content['epoch']}"
    return None


def _parameters_differ(optimizers: Any) -> str | None:
    """Return what is wrong with the parameters that the states of optimizers are of: each in one group, by number."""
    for number, optimizer in enumerate(optimizers):
        parameters = [index for group in optimizer["param_groups"] for index in group["params"]]
        if sorted(parameters) != [*range(len(parameters))]:
            return f"optimizer_states.{number}.param_groups must name each parameter once, from 0"
        if not all(type(index) is int and index < len(parameters) for index in optimizer["state"]):
            return f"optimizer_states.{number}.state must be of parameters that param_groups names"
    return None


def _weights_differ(content: Mapping[str, Any]) -> str | None:
    """Return whether averaged and trained weights are not of one network."""
    ours, trained = content["state_dict"], content.get("trained_weights")
    if trained is not None and {name: tuple(value.shape) for name, value in trained.items()} != {
        name: tuple(value.shape) for name, value in ours.items()
    }:
        return "trained_weights are of another network than state_dict"
    return None


def _shown(value: Any) -> str:
    """Return a value out of the file as a few plain characters."""
    text = ascii(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    return (text[1:-1] if isinstance(value, str) and value else text)[:120]

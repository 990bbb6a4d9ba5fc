"""Whether what a checkpoint holds of optimizer and schedule fits those that its own settings make.

Both are made anew, without memory for weights, the optimizer does one step, and what they would save is held beside
what the file holds. So the rule is that of torch, for any optimizer of it, and nothing here knows their names.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch.optim import Optimizer

from digitlab.checkpoints.building import build_without_memory
from digitlab.checkpoints.format import SECTIONS
from digitlab.checkpoints.resumable import check_resumable
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.optimizers import build_optimizer
from digitlab.paths import shown
from digitlab.schedules import build_schedule

ODD = (TypeError, ValueError, KeyError, AttributeError, IndexError, RuntimeError, ArithmeticError)


def check_restorable(content: Mapping[str, Any], path: Path) -> None:
    """Refuse a checkpoint of which Lightning could not restore each part into the run that its settings describe.

    Args:
        content: Of the file, with tensors or with what stands for them.
        path: The file, for the refusal.

    Raises:
        UserError: With the first part that does not fit.
    """
    check_resumable(content, path)
    if SECTIONS in content:
        return  # a LightningModule of somebody's own, who knows what it restores
    try:
        refusal = _optimization_differs(build_without_memory(content), content)
    except ODD as error:
        refusal = (str(error).strip().splitlines() or [type(error).__name__])[-1]
    if refusal:
        raise UserError(
            f"checkpoint={shown(path)} cannot be resumed: {refusal[:300]}; give another, or start a new run"
        )


def _optimization_differs(module: DigitModule, content: Mapping[str, Any]) -> str | None:
    settings, states = content["hyper_parameters"], content["optimizer_states"]
    if settings.get("optimizer") is None or len(states) != 1:
        return "optimizer_states must be of one optimizer, and its settings name one"
    optimizer = _stepped(settings, module)
    fresh, given = optimizer.state_dict(), states[0]
    if [len(group["params"]) for group in fresh["param_groups"]] != [len(g["params"]) for g in given["param_groups"]]:
        return "optimizer_states is of another number of parameters than the model has"
    for number, state in given["state"].items():
        expected = fresh["state"].get(number, {})
        for name, value in expected.items():
            if _shape(state.get(name)) != _shape(value):
                return f"optimizer_states: {name} of parameter {number} is not as the model has it"
    for number, (ours, theirs) in enumerate(zip(fresh["param_groups"], given["param_groups"], strict=True)):
        for name, value in theirs.items():
            if not _alike(value, ours.get(name)):
                return f"optimizer_states: {str(name)[:40]!a} of group {number} is no value for it"
    return _schedule_differs(optimizer, content)


def _stepped(settings: Mapping[str, Any], module: DigitModule) -> Optimizer:
    """Return the optimizer of these settings after a step that moved nothing, for there is no memory to move."""
    section = settings["optimizer"]
    plain_kernels = {name: False for name in ("fused", "foreach") if section.get(name)}
    optimizer = build_optimizer({**section, **plain_kernels}, module.net, settings.get("finetuning"))
    for parameter in module.net.parameters():
        parameter.grad = torch.empty_like(parameter)
    with contextlib.suppress(*ODD):  # LBFGS, say, wants to compute a loss: of its state nothing is known beforehand
        optimizer.step()
    return optimizer


def _schedule_differs(optimizer: Optimizer, content: Mapping[str, Any]) -> str | None:
    settings, states = content["hyper_parameters"].get("scheduler"), content["lr_schedulers"]
    if len(states) != (settings is not None):
        return f"lr_schedulers holds {len(states)} states, and its settings name {int(settings is not None)}"
    if settings is None:
        return None
    schedule = build_schedule(settings, optimizer, content["global_step"] + 1000)["scheduler"]
    fresh = schedule.state_dict()
    for name, value in fresh.items():
        if name in states[0] and not _alike(states[0][name], value):
            return f"lr_schedulers: {name} is no value for it"
    methods = {*dir(type(schedule)), "optimizer"} - {*fresh}
    wrong = [name for name in ("last_epoch", "_last_lr") if name not in states[0]]
    wrong += [ascii(name)[:40] for name in states[0] if not isinstance(name, str) or name in methods]
    return f"lr_schedulers: {wrong[0]} is missing, or would take the place of a method" if wrong else None


def _shape(value: Any) -> tuple[int, ...] | None:
    shape = getattr(value, "shape", None)
    return None if shape is None else tuple(shape)


def _alike(given: Any, fresh: Any) -> bool:
    """Return whether a value is of the kind of another; a number for a number, and anything plain for nothing."""
    if fresh is None:
        return given is None or isinstance(given, bool | int | float) or _shape(given) == ()
    if isinstance(fresh, list | tuple):
        return isinstance(given, list | tuple) and len(given) == len(fresh) and all(map(_alike, given, fresh))
    if isinstance(fresh, bool):
        return given is None or isinstance(given, bool)
    if isinstance(fresh, int | float):
        return (isinstance(given, int | float) and not isinstance(given, bool)) or _shape(given) == ()
    return isinstance(given, type(fresh)) or fresh.__class__.__module__ != "builtins"

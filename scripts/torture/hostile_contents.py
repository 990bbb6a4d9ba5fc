"""Well-formed checkpoints with odd contents, of which Lightning would make tracebacks; the tests have sixty."""

from functools import partial
from pathlib import Path
from typing import Any

import torch

from digitlab.runs.directories import LAST
from support.sample_runs import load
from torture.hostile_links import Case

MISSING = object()
FIT = ("loops", "fit_loop")
GROUP = ("optimizer_states", 0, "param_groups", 0)
ODD: tuple[tuple[tuple[Any, ...], Any], ...] = (
    (("optimizer_states",), MISSING),
    (("optimizer_states",), []),
    (("epoch",), "x"),
    (("epoch",), -1),
    (("global_step",), -3),
    (("pytorch-lightning_version",), "new"),
    (("loops",), {}),
    (("loops",), MISSING),
    ((*FIT, "epoch_progress"), MISSING),
    ((*FIT, "epoch_progress", "current", "ready"), "1"),
    ((*FIT, "epoch_loop.batch_progress", "is_last_batch"), MISSING),
    ((*FIT, "state_dict", "combined_loader", 0, "batches"), None),
    (("callbacks",), MISSING),
    (("callbacks", "BestCheckpoint", "best"), "low"),
    ((*GROUP, "params"), [0]),
    ((*GROUP, "lr"), "fast"),
    ((*GROUP, "betas"), 3),
    (("optimizer_states", 0, "state", 0), {"step": torch.tensor(1.0), "exp_avg": torch.zeros(3)}),
    (("lr_schedulers",), MISSING),
    (("lr_schedulers", 0), {}),
    (("lr_schedulers", 0, "step"), 3),
    (("DigitDataModule", "batches"), -1),
    (("state_dict", "net.layers.1.bias"), MISSING),
    (("stopped",), "no"),
    (("sums",), {"x": {}}),
    (("sums",), [[1.0]]),
    ((*FIT, "epoch_progress", "current", "ready"), 10**9),
)


def change_at(content: Any, keys: tuple[Any, ...], value: Any) -> None:
    """Put a value at a place within nested data, or take away what is there."""
    for key in keys[:-1]:
        content = content[key]
    if value is MISSING:
        del content[keys[-1]]
    else:
        content[keys[-1]] = value


def _change(keys: tuple[Any, ...], value: Any, run: Path, outside: Path) -> None:
    content = load(run / LAST)
    change_at(content, keys, value)
    torch.save(content, run / LAST)


def _label(keys: tuple[Any, ...], value: Any) -> str:
    name = ".".join(map(str, keys))
    return f"{name} is missing" if value is MISSING else f"{name} is {str(value)[:40]}"


CONTENTS = tuple(Case(_label(keys, value), partial(_change, keys, value)) for keys, value in ODD)

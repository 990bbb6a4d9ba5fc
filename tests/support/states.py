"""What a run has in its checkpoints, and whether two are equal to the bit."""

from pathlib import Path
from typing import Any

import torch

from digitlab.checkpoints.reading import read_checkpoint

COMPARED = ("state_dict", "trained_weights", "optimizer_states", "lr_schedulers", "global_step", "metrics")


def state_of(run: Path) -> dict[str, Any]:
    """Return the state in the last checkpoint of a run directory."""
    content = read_checkpoint(run / "checkpoints" / "last.ckpt")
    return {name: content[name] for name in COMPARED if name in content}  # trained_weights are of averaging only


def weights_of(run: str | Path, name: str = "last") -> dict[str, torch.Tensor]:
    """Return the weights in a checkpoint of a run directory."""
    weights: dict[str, torch.Tensor] = read_checkpoint(Path(run) / "checkpoints" / f"{name}.ckpt")["state_dict"]
    return weights


def equal(one: Any, other: Any) -> bool:
    """Return whether two nested states are the same to the bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)

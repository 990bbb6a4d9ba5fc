"""The optimizer of a network: one rate for all of it or, in transfer learning, another for the features than the head.

Both groups are there from the first step on, also while the features are frozen: an optimizer of torch passes over a
parameter without a gradient. So schedules know both rates from the start, and a resumed run finds its groups again.
"""

from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.optim import Optimizer

from digitlab.nets.head import split_parameters
from digitlab.safe_instantiate import OPTIMIZERS, safe_instantiate

HEAD, FEATURES = "head", "features"  # names of the groups, in the curves of their rates too


def build_optimizer(section: Mapping[str, Any], net: nn.Module, finetuning: Mapping[str, Any] | None) -> Optimizer:
    """Return the optimizer of a network.

    Args:
        section: `_target_` and arguments.
        net: Whose parameters it is to change.
        finetuning: `head`, the name of the linear layer that gives the logits, and `lr_factor`, by which the rate of
            all other parameters is multiplied; a factor of `None` leaves these out. `None` for one rate.

    Raises:
        UserError: If the target is not allowed, or refuses its arguments.
    """
    if finetuning is None:
        optimizer: Optimizer = safe_instantiate(section, net.parameters(), allowed=OPTIMIZERS)
        return optimizer
    features, head = split_parameters(net, finetuning["head"])
    factor = finetuning["lr_factor"]
    if factor is None or not features:
        optimizer = safe_instantiate(section, head, allowed=OPTIMIZERS)
        return optimizer
    groups = [{"params": head, "name": HEAD}, {"params": features, "name": FEATURES}]
    optimizer = safe_instantiate(section, groups, allowed=OPTIMIZERS)
    for group in optimizer.param_groups:
        if group["name"] == FEATURES and "lr" in group:
            group["lr"] *= factor
    return optimizer

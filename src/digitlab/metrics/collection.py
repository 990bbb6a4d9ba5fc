"""The torchmetrics metrics of an evaluation, by name."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from digitlab.errors import UserError
from digitlab.safe_instantiate import METRICS, is_ours, safe_instantiate

ACCURACY = "torchmetrics.classification.MulticlassAccuracy"
LARGEST = 2**26  # bytes of a metric; a confusion matrix of a thousand classes has 8 million
DEFAULT = "acc"  # the metric of checkpoints that name none


def build_metrics(sections: Mapping[str, Any] | None, num_classes: int | None) -> nn.ModuleDict:
    """Return new metrics, each to be updated with logits `(B, C)` and labels `(B,)`.

    Args:
        sections: `_target_` and arguments by name; `None` for accuracy alone. A null section is left out.
        num_classes: For accuracy; `None` if nobody knows, and then there is none by default.

    Raises:
        UserError: If a section names something else than a metric.
    """
    if sections is None:
        sections = {} if num_classes is None else {DEFAULT: accuracy(num_classes)}
    metrics = nn.ModuleDict()
    for name, section in sections.items():
        if section is None:
            continue
        metric = build_metric(name, section)
        if not (callable(getattr(metric, "update", None)) and callable(getattr(metric, "compute", None))):
            raise UserError(f"metrics.{name}: {section['_target_']} is no metric of torchmetrics")
        metrics[name] = metric
    return metrics


def build_metric(name: str, section: Mapping[str, Any]) -> Any:
    """Return the metric of a section, which a stranger may have written; one of torchmetrics without memory first.

    Raises:
        UserError: If what it gathers from batch to batch would be larger than any metric of images needs.
    """
    if is_ours("metrics", section):
        with torch.device("meta"):
            states = getattr(safe_instantiate(section, allowed=METRICS), "_defaults", {}).values()
        size = sum(state.nbytes for state in states if isinstance(state, torch.Tensor))
        if size > LARGEST:
            raise UserError(
                f"metrics.{name}: {section['_target_']} would keep {size / 1e6:,.0f} MB, and {LARGEST / 1e6:,.0f} are "
                "the most; give it fewer classes or thresholds"
            )
    return safe_instantiate(section, allowed=METRICS)


def accuracy(num_classes: int) -> dict[str, Any]:
    """Return the section of the share of images that are classified rightly, in [0, 1]."""
    return {"_target_": ACCURACY, "num_classes": num_classes, "average": "micro", "validate_args": False}

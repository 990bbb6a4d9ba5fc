"""The torchmetrics metrics of an evaluation, by name."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from digitlab.errors import UserError
from digitlab.safe_instantiate import METRICS, safe_instantiate

ACCURACY = "torchmetrics.classification.MulticlassAccuracy"
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
        metric = safe_instantiate(section, allowed=METRICS)
        if not (callable(getattr(metric, "update", None)) and callable(getattr(metric, "compute", None))):
            raise UserError(f"metrics.{name}: {section['_target_']} is no metric of torchmetrics")
        metrics[name] = metric
    return metrics


def accuracy(num_classes: int) -> dict[str, Any]:
    """Return the section of the share of images that are classified rightly, in [0, 1]."""
    return {"_target_": ACCURACY, "num_classes": num_classes, "average": "micro", "validate_args": False}

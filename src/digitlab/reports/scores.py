"""The figures of a result in words."""

from collections.abc import Mapping
from typing import Any

SPLITS = {"train": "training", "val": "validation", "test": "test"}


def scores(result: Mapping[str, Any]) -> dict[str, str]:
    """Return what was measured of each split, the accuracy first: `{"test accuracy": "98.76% (loss 0.0432)"}`."""
    found = {}
    for split, name in SPLITS.items():
        figures = {key.removeprefix(f"{split}/"): result[key] for key in result if key.startswith(f"{split}/")}
        accuracy = figures.pop("acc", None)
        rest = ", ".join(f"{key} {value:.4f}" for key, value in figures.items())
        if accuracy is not None:
            found[f"{name} accuracy"] = f"{accuracy:.2%} ({rest})" if rest else f"{accuracy:.2%}"
        elif rest:
            found[f"{name} figures"] = rest
    return found

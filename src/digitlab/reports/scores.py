"""The figures of a result in words."""

from collections.abc import Mapping
from typing import Any

SPLITS = {"train": "training", "val": "validation", "test": "test"}


def scores(result: Mapping[str, Any]) -> dict[str, str]:
    """Return what was measured of each split, the accuracy first: `{"test accuracy": "98.76% (loss 0.0432)"}`.

    A module of somebody's own may name its figures without a split; they stand under their names.
    """
    found = {}
    for split, name in SPLITS.items():
        figures = {key.removeprefix(f"{split}/"): result[key] for key in result if key.startswith(f"{split}/")}
        accuracy = figures.pop("acc", None)
        rest = ", ".join(f"{key} {value:.4f}" for key, value in figures.items())
        if accuracy is not None:
            found[f"{name} accuracy"] = f"{accuracy:.2%} ({rest})" if rest else f"{accuracy:.2%}"
        elif rest:
            found[f"{name} figures"] = rest
    found.update({key: f"{value:.4f}" for key, value in result.items() if _is_other(key, value)})
    return found


def in_a_line(result: Mapping[str, Any], seconds: float) -> str:
    """Return the same as a line, with the time that it took."""
    return ", ".join([*(f"{name} {score}" for name, score in scores(result).items()), f"{seconds:.1f} s"])


def _is_other(key: str, value: Any) -> bool:
    if not isinstance(value, float) or key.endswith("_seconds") or key.startswith("lr"):  # the rate has its curve
        return False
    return key.partition("/")[0] not in SPLITS

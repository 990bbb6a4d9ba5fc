"""Whether less or more of a metric is better: known from the metric, and the same for all who go by it."""

import inspect
from collections.abc import Mapping
from typing import Any

from digitlab.errors import UserError
from digitlab.metrics.collection import build_metric
from digitlab.safe_instantiate import METRICS, allowed_in, locate

LOSS, ACCURACY = "loss", "acc"
OPPOSITE = {"min": "max", "max": "min"}


def direction(monitor: str, metrics: Mapping[str, Any]) -> str | None:
    """Return "min" if less of `monitor` is better, "max" if more is, `None` if nobody can tell.

    Args:
        monitor: The name under which it is logged, "val/f1".
        metrics: The section with the metrics by name.
    """
    name = monitor.rpartition("/")[2]
    if f"_{name.removesuffix('_step')}".endswith(f"_{LOSS}"):  # valid_loss, say, of somebody's own
        return "min"
    section = metrics.get(name)
    if section is None:
        return "max" if name == ACCURACY else None
    better = getattr(locate(section["_target_"], METRICS), "higher_is_better", None)
    if not isinstance(better, bool):  # a class that makes another, as torchmetrics.Accuracy does
        better = getattr(build_metric(name, section), "higher_is_better", None)
    return None if better is None else "max" if better else "min"


def with_directions(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with the `mode` of everything that monitors something.

    Raises:
        UserError: If a typed mode contradicts its metric, or the direction of a metric is not known.
    """
    metrics = settings.get("metrics") or {}
    mode = _settled("", settings, settings["monitor"], settings.get("mode"), metrics, None)
    result = {**settings, "mode": mode}
    if settings.get("scheduler"):
        result["scheduler"] = _section("scheduler", settings["scheduler"], result, metrics)
    result["callbacks"] = {
        name: None if section is None else _section(f"callbacks.{name}", section, result, metrics)
        for name, section in settings["callbacks"].items()
    }
    return result


def _section(key: str, section: dict[str, Any], settings: Mapping[str, Any], metrics: Mapping[str, Any]) -> Any:
    monitor = section.get("monitor")
    if monitor is None or not _takes_mode(key, section):
        return section
    usual = settings["mode"] if monitor == settings["monitor"] else None
    mode = _settled(f"{key}.", settings, monitor, section.get("mode"), metrics, usual)
    return {**section, "mode": mode}


def _takes_mode(key: str, section: Mapping[str, Any]) -> bool:
    if "mode" in section:
        return True
    parameters = inspect.signature(locate(section["_target_"], allowed_in(key), key)).parameters
    return "mode" in parameters


def _settled(
    prefix: str, settings: Mapping[str, Any], monitor: str, given: Any, metrics: Mapping[str, Any], usual: str | None
) -> str:
    known = direction(monitor, metrics) or usual
    if given is None and known is None:
        raise UserError(
            f"{prefix}monitor={monitor}: whether less or more of it is better is not known; add {prefix}mode=min or max"
        )
    if known is not None and given == OPPOSITE[known]:
        raise UserError(
            f"{prefix}mode must be {known} with {prefix}monitor={monitor}, got {given}; it follows from the metric and "
            "need not be typed"
        )
    return str(given if known is None else known)

"""Curves and tables of an examination, as plain data for its report."""

import math
from typing import Any

from digitlab.diagnostics.evidence.collected import Evidence
from digitlab.diagnostics.evidence.training import Short
from digitlab.diagnostics.result import Skipped

MOST_POINTS = 400  # of a curve


def figures_of(evidence: Evidence) -> dict[str, Any]:
    """Return what was measured along the way; nothing is measured for the sake of a figure."""
    makers = {
        "lr_range": _lr_range, "loss": _loss, "one_batch": _one_batch,
        "schedule": _schedule, "classes": _classes, "layers": _layers,
    }  # fmt: skip
    needs = {"lr_range": "lr_range", "loss": "attempt", "one_batch": "one_batch", "schedule": "plan"}
    needs |= {"classes": "samples", "layers": "attempt"}
    figures = {}
    for name, make in makers.items():
        if evidence.has(needs[name]):
            try:
                figures[name] = make(evidence)
            except Skipped:
                continue
    return {name: figure for name, figure in figures.items() if figure}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _curve(short: Short) -> dict[str, list[Any]]:
    losses = short.losses
    every = -(-len(losses) // MOST_POINTS) or 1
    return {
        "step": list(range(1, len(losses) + 1, every)),
        "loss": [_finite(value) for value in losses[::every]],
    }


def _lr_range(evidence: Evidence) -> dict[str, Any]:
    test = evidence.lr_range
    rates = [step.lr for step in evidence.run.record.steps if step.lr is not None] + evidence.plan.rates
    return {
        "lr": test.lr,
        "loss": [_finite(value) for value in test.loss],
        "suggestion": _finite(test.suggestion),
        "configured": max(rates, default=None),
    }


def _loss(evidence: Evidence) -> dict[str, Any]:
    return {**_curve(evidence.run), "chance": math.log(max(2, evidence.classes))}


def _one_batch(evidence: Evidence) -> dict[str, Any]:
    return _curve(evidence.one_batch)


def _schedule(evidence: Evidence) -> dict[str, Any]:
    rates = evidence.plan.rates
    every = -(-len(rates) // MOST_POINTS) or 1
    return {"step": list(range(1, len(rates) + 1, every)), "lr": rates[::every]} if rates else {}


def _classes(evidence: Evidence) -> dict[str, Any]:
    return {
        split: found.all_labels.bincount(minlength=evidence.classes).tolist()
        for split, found in evidence.samples.items()
        if split in ("train", "val") and len(found.all_labels)
    }


def _layers(evidence: Evidence) -> list[dict[str, Any]]:
    record = evidence.run.record
    rows = []
    for name, layer in record.watch.layers.items():
        weight = f"{name}.weight"
        steps = record.steps
        gradients = [step.gradients[weight] for step in steps if weight in step.gradients]
        updates = [step.updates[weight] for step in steps if weight in step.updates]
        rows.append({
            "name": name, "type": layer.kind,
            "activation_mean": _middle(layer.mean), "activation_sd": _middle(layer.sd),
            "dead": _middle(layer.dead), "saturated": _middle(layer.saturated),
            "gradient_norm": _middle(gradients), "update_ratio": _middle(updates),
        })  # fmt: skip
    return rows


def _middle(values: list[float]) -> float | None:
    finite = sorted(value for value in values if math.isfinite(value))
    return finite[len(finite) // 2] if finite else None

"""Which curves a diagnosis shows, each with the words that say how to read it."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from digitlab.reports.bar_chart import class_bars
from digitlab.reports.line_chart import Chart, Point, is_number, number_text

EXPLODED = 4.0  # times the first loss; what is above is not drawn, or nothing else could be seen
Figure = tuple[str, str, str]  # title, drawing, how to read it


def charts(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield each curve that there is as a part of a page."""
    draws: dict[str, tuple[Callable[[Mapping[str, Any]], Figure], ...]] = {
        "epochs": (_losses, _accuracies),
        "lr_range": (_lr_range,),
        "loss": (_loss,),
        "one_batch": (_one_batch,),
        "schedule": (_schedule,),
        "classes": (_classes,),
    }
    for key, drawn in draws.items():
        for draw in drawn if figures.get(key) else ():
            title, drawing, text = draw(figures[key])
            if drawing:
                yield f"<figure><h3>{escape(title)}</h3>{drawing}<figcaption>{text}</figcaption></figure>"


def _losses(data: Mapping[str, Any]) -> Figure:
    return _by_epoch(data, "loss", "Loss of each epoch", "loss")


def _accuracies(data: Mapping[str, Any]) -> Figure:
    return _by_epoch(data, "acc", "Accuracy of each epoch", "accuracy")


def _by_epoch(data: Mapping[str, Any], kind: str, title: str, label: str) -> Figure:
    names = {"training": f"train_{kind}", "validation": f"val_{kind}"}
    curves = {name: _points(data, "epoch", key) for name, key in names.items() if data.get(key)}
    text = "As the run has logged it. " + _lost([point for curve in curves.values() for point in curve], "epoch")
    text += _keys({f"line-{place}": name for place, name in enumerate(curves)})
    return title, Chart(title, list(curves.values()), "epoch", label).svg(), text


def _lr_range(data: Mapping[str, Any]) -> Figure:
    curve = _points(data, "lr", "loss")
    suggestion, configured = data.get("suggestion"), data.get("configured")
    known = {"suggested": suggestion, "configured": configured}
    marks = {kind: rate for kind, rate in known.items() if rate is not None}
    losses = [loss for _, loss in curve if is_number(loss)]
    top = 2 * max(losses[: max(1, len(losses) // 4)]) if losses else None  # beyond it explodes, and hides the rest
    chart = Chart("learning-rate range test", [curve], "learning rate", "loss", True, top, marks)
    text = "The loss while the learning rate grows with each step."
    text += _keys({kind: f"{kind} {number_text(rate)}" for kind, rate in marks.items()})
    return "Learning-rate range test", chart.svg(), text


def _loss(data: Mapping[str, Any]) -> Figure:
    curve, chance = _points(data, "step", "loss"), data.get("chance")
    levels = {} if chance is None else {"chance": chance}
    losses = [loss for _, loss in curve if is_number(loss)]
    top = EXPLODED * max([*losses[:1], *levels.values()], default=1.0)
    text = "The first steps of the training itself. " + _lost(curve)
    if max(losses, default=0.0) > top:
        text += f"<strong>It explodes, to {number_text(max(losses))}.</strong> "
    if chance is not None:
        text += _keys({"chance": f"the loss of guessing, {number_text(chance)}"})
    return "Training loss", Chart("training loss", [curve], "step", "loss", top=top, levels=levels).svg(), text


def _one_batch(data: Mapping[str, Any]) -> Figure:
    curve = _points(data, "step", "loss")
    last = [loss for _, loss in curve if is_number(loss)][-1:]
    text = "One small batch, trained again and again: a network that can learn brings its loss to almost nothing. "
    text += "".join(f"It ended at {number_text(loss)}. " for loss in last) + _lost(curve)
    return "One batch, learnt by heart", Chart("one batch", [curve], "step", "loss").svg(), text


def _schedule(data: Mapping[str, Any]) -> Figure:
    curve = _points(data, "step", "lr")
    text = "The learning rate at each step of the whole training."
    return "Schedule", Chart("learning-rate schedule", [curve], "step", "learning rate").svg(), text


def _classes(data: Mapping[str, Any]) -> Figure:
    parts = {part: [count or 0 for count in counts] for part, counts in data.items() if counts}
    text = "How much of each part every class has."
    text += _keys({f"bar-{place}": f"{part}, {sum(parts[part]):,} images" for place, part in enumerate(parts)})
    return "Classes", class_bars(parts, "share of each class"), text


def _points(data: Mapping[str, Any], x: str, y: str) -> list[Point]:
    """Return the points of a curve; what is no number is a gap in it."""
    pairs = zip(data.get(x) or (), data.get(y) or (), strict=False)
    return [(float(across), float("nan") if up is None else float(up)) for across, up in pairs if across is not None]


def _lost(curve: list[Point], unit: str = "step") -> str:
    """Return where a loss was no number for the first time, if it was."""
    first = next((x for x, y in curve if not is_number(y)), None)
    return "" if first is None else f"<strong>No finite number at {unit} {number_text(first)}.</strong> "


def _keys(meanings: Mapping[str, str]) -> str:
    """Return what each colour stands for."""
    keys = (f'<span class="key"><i class="{escape(kind)}"></i>{escape(text)}</span>' for kind, text in meanings.items())
    return f'<div class="keys">{"".join(keys)}</div>' if meanings else ""
